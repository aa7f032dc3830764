/*
 * Replies: what a person approved is what the customer gets, once, whatever happens on the way.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { addComplaints, complaintText, configFor, tagSource, withProgram } from './program.mjs';

/* The settle time after an attempt whose end is not known (include/outbox.h), and some patience. */
const SETTLE_MS = 45000;
const LATE = { timeoutMs: 2 * SETTLE_MS + 30000, everyMs: 500 };

/* Approves every complaint there is; the rows by the author's handle. */
async function stateOf(program, id) {
	return (await program.complaints()).find((row) => row.id === id);
}

test("an approved reply is delivered once, to the right post, with the author's name and a key", () =>
	withProgram({}, async ({ program, peer }) => {
		const [post] = addComplaints(peer, 0, 1);
		await program.start();
		const [row] = await program.untilComplaints(1);
		assert.equal(row.state, 'open');
		assert.ok(row.draft, 'there is a draft');
		await program.approve(row);
		await peer.until(() => peer.replies.length === 1, 'the reply');
		await program.until(
			async () => (await stateOf(program, row.id)).state === 'replied',
			'the state replied',
		);
		const [reply] = peer.replies;
		assert.equal(reply.inReplyTo, post.id);
		assert.match(reply.text, /@customer0@far\.example/);
		assert.match(reply.key, /^[0-9a-zA-Z-]{16,}$/);
		assert.equal(reply.text, row.draft);
		assert.ok([...reply.text].length <= 500);
		/* our own reply comes back in the timeline and is no complaint */
		peer.add({
			acct: 'acme',
			text: '#acme our parcel service is late, we are sorry, please fix this',
			inReplyTo: post.id,
		});
		const before = peer.requests.length;
		await peer.until(() => peer.requests.length > before + 3, 'more polls');
		assert.equal((await program.complaints()).length, 1);
		assert.equal(peer.replies.length, 1);
	}));

test('a reply changed at the terminal is sent as changed, and the draft shown is what is approved', () =>
	withProgram({}, async ({ program, peer }) => {
		addComplaints(peer, 0, 1);
		await program.start();
		const [row] = await program.untilComplaints(1);
		const text =
			'@customer0@far.example We are sorry. Your parcel is found & on its way \u2013 Maya at Acme';
		await program.run(['queue', 'draft', String(row.id), '--text', text]);
		const stale = await program.approve(row, { expect: null });
		assert.equal(stale.code, 1, 'the hash of the older text approves nothing');
		await program.approve(await program.show(row.id));
		await peer.until(() => peer.replies.length === 1, 'the reply');
		assert.equal(peer.replies[0].text, text);
		const again = await program.approve(await program.show(row.id), { expect: null });
		assert.equal(again.code, 1, 'approving twice is refused');
		assert.equal(again.stderr.trim().split('\n').length, 1);
	}));

test("a reply too long for the server's own limit is refused before it is sent", () =>
	withProgram({ peers: [{ maxCharacters: 220 }] }, async ({ program, peer }) => {
		addComplaints(peer, 0, 1);
		await program.start();
		const [row] = await program.untilComplaints(1);
		assert.ok([...row.draft].length <= 220, `the draft has ${[...row.draft].length} of 220 characters`);
		const long = await program.run(
			['queue', 'draft', String(row.id), '--text', '@customer0@far.example ' + 'x'.repeat(220)],
			{ expect: null },
		);
		const refused =
			long.code !== 0 ? long : await program.approve(await program.show(row.id), { expect: null });
		assert.notEqual(refused.code, 0);
		assert.match(refused.stderr, /220/);
		assert.equal(peer.replies.length, 0);
	}));

/*
 * One server for each way in which the sending of a reply may go wrong; `replies`: how many must be there at the end,
 * `posts`: how often it may have been asked to post.
 */
const ENDINGS = [
	{
		name: 'answer lost, key remembered',
		flavour: 'mastodon',
		fault: { kind: 'lost' },
		replies: 1,
		state: 'replied',
	},
	{
		name: 'answer lost, key ignored',
		flavour: 'forgetful',
		fault: { kind: 'lost' },
		replies: 1,
		state: 'replied',
		posts: 1,
	},
	{
		name: 'answer lost, ids no numbers',
		flavour: 'flake',
		fault: { kind: 'lost' },
		replies: 1,
		state: 'replied',
	},
	{ name: 'answer cut', flavour: 'forgetful', fault: { kind: 'cut' }, replies: 1, state: 'replied', posts: 1 },
	{
		name: 'answer unreadable',
		flavour: 'forgetful',
		fault: { kind: 'garbled' },
		replies: 1,
		state: 'replied',
		posts: 1,
	},
	{
		name: 'nothing arrived',
		flavour: 'forgetful',
		fault: { kind: 'refuse' },
		replies: 1,
		state: 'replied',
		posts: 2,
	},
	{
		name: '502 from a proxy',
		flavour: 'forgetful',
		fault: { kind: 'status', status: 502 },
		replies: 1,
		state: 'replied',
		posts: 2,
	},
	{
		name: 'rate limit',
		flavour: 'mastodon',
		fault: { kind: 'status', status: 429, retryAfter: 2 },
		replies: 1,
		state: 'replied',
		posts: 2,
	},
	{
		name: 'token expired',
		flavour: 'mastodon',
		fault: { kind: 'status', status: 401 },
		replies: 0,
		state: 'open',
		posts: 1,
	},
	{
		name: 'refused for good',
		flavour: 'mastodon',
		fault: { kind: 'status', status: 422 },
		replies: 0,
		state: 'open',
		posts: 1,
	},
	{
		name: 'blocked by the author, or locked',
		flavour: 'mastodon',
		fault: { kind: 'status', status: 404 },
		replies: 0,
		state: 'approved',
		handoff: true,
		posts: 1,
	},
	{
		name: 'reply not allowed',
		flavour: 'mastodon',
		fault: { kind: 'status', status: 403 },
		replies: 0,
		state: 'approved',
		handoff: true,
		posts: 1,
	},
	{
		name: 'post deleted before',
		flavour: 'mastodon',
		before: (peer) => peer.remove(peer.posts[0].id),
		replies: 0,
		state: null,
		posts: 0,
	},
	{
		name: 'post changed before',
		flavour: 'mastodon',
		before: (peer) => peer.edit(peer.posts[0].id, '#acme never mind, the parcel came after all'),
		replies: 0,
		state: null,
		posts: 0,
	},
];

test('however sending ends, there is one reply or a clear failure, never two', async (t) => {
	await withProgram({ peers: ENDINGS.map(({ flavour }) => ({ flavour })) }, async ({ program, peers }) => {
		for (const [i, peer] of peers.entries()) {
			if (ENDINGS[i].fault)
				peer.fault({ method: 'POST', path: '/api/v1/statuses', ...ENDINGS[i].fault });
			peer.add({ acct: `customer${i}@far.example`, text: complaintText(i) });
		}
		await program.start();
		await program.untilComplaints(peers.length);
		const rows = new Map();
		for (const row of await program.untilComplaints(peers.length)) {
			const i = Number(row.author.handle.match(/^customer(\d+)@/)[1]);
			rows.set(row.author.handle, row);
			ENDINGS[i].before?.(peers[i]);
			/* On a slow machine amends may see the change before the approval: that it says so is as good. */
			await program.approve(row).catch((error) => {
				if (!ENDINGS[i].before || !/is closed now|written again|changed/.test(error.message)) throw error;
			});
		}
		for (const [i, ending] of ENDINGS.entries())
			await t.test(ending.name, async () => {
				const row = rows.get(`customer${i}@far.example`);
				const posts = () => peers[i].requests.filter((r) => r.method === 'POST').length;
				if (ending.posts !== 0) await peers[i].until(() => posts() > 0, 'an attempt');
				const now = await program.until(
					async () => {
						const it = await stateOf(program, row.id);
						return (
							(ending.state
								? it.state === ending.state
								: it.state !== 'approved') &&
							(!ending.handoff || it.reply_state === 'handoff') &&
							it
						);
					},
					`${ending.name}: state ${ending.state}`,
					LATE,
				);
				assert.equal(peers[i].replies.length, ending.replies);
				if (ending.posts !== undefined)
					assert.ok(posts() <= ending.posts, `asked ${posts()} times to post`);
				if (ending.state === 'open' || ending.handoff)
					assert.ok(now.reason ?? now.reply_why, 'says why it could not be sent');
			});
		const counts = peers.map((peer) => peer.replies.length);
		assert.deepEqual(
			counts,
			ENDINGS.map(({ replies }) => replies),
		);
	});
});

test('a reply within the time to undo can be withdrawn and is not sent', () =>
	withProgram(
		{
			config: (peers) =>
				configFor(
					peers.map((peer) => tagSource(peer)),
					{ desk: { port: 0, undo: 3600 } },
				),
		},
		async ({ program, peer }) => {
			addComplaints(peer, 0, 1);
			await program.start();
			const [row] = await program.untilComplaints(1);
			await program.approve(row);
			assert.equal((await stateOf(program, row.id)).state, 'approved');
			const before = peer.requests.length;
			await peer.until(() => peer.requests.length > before + 3, 'more polls');
			await program.run(['queue', 'withdraw', String(row.id)]);
			assert.equal((await stateOf(program, row.id)).state, 'open');
			assert.equal(peer.replies.length, 0);
		},
	));
