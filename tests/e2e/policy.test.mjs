/*
 * Policy: what is paused does not leave, what a server takes from a person only is handed over, what the customer answers
 * comes back to the desk, and what our account posts never does.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { addComplaints, configFor, tagSource, withProgram } from './program.mjs';

async function rowOf(program, id) {
	return (await program.complaints()).find((row) => row.id === id);
}

function untilState(program, id, state) {
	return program.until(
		async () => {
			const row = await rowOf(program, id);
			return row.state === state && row;
		},
		`complaint ${id} to be ${state}`,
	);
}

async function somePolls(peer) {
	const before = peer.requests.length;
	await peer.until(() => peer.requests.length > before + 4, 'more polls');
}

test('while sending is paused approved replies wait, and leave when it goes on', () =>
	withProgram({}, async ({ program, peer }) => {
		addComplaints(peer, 0, 2);
		await program.start();
		const rows = await program.untilComplaints(2);
		await program.run(['pause', '--brand', 'Acme']);
		for (const row of rows) await program.approve(row);
		await somePolls(peer);
		assert.equal(peer.replies.length, 0);
		assert.equal((await rowOf(program, rows[0].id)).paused, true);
		await program.run(['queue', 'withdraw', String(rows[0].id)]);
		await program.run(['pause']);
		await program.run(['resume', '--brand', 'Acme']); /* all is still paused */
		await somePolls(peer);
		assert.equal(peer.replies.length, 0);
		await program.run(['resume']);
		await peer.until(() => peer.replies.length === 1, 'the reply');
		await untilState(program, rows[1].id, 'replied');
		await somePolls(peer);
		assert.equal(peer.replies.length, 1, 'the one that was withdrawn is never sent');
	}));

test('a pause outlives the program, and holds from the first moment after a start', () =>
	withProgram({}, async ({ program, peer }) => {
		addComplaints(peer, 0, 1);
		await program.start();
		const [row] = await program.untilComplaints(1);
		await program.run(['pause']);
		await program.approve(row);
		await program.kill();
		await program.start();
		await somePolls(peer);
		assert.equal(peer.replies.length, 0);
		await program.run(['resume']);
		await peer.until(() => peer.replies.length === 1, 'the reply');
	}));

test('what a server takes from a person only is handed over, and marked as posted', () =>
	withProgram({}, async ({ program, peer }) => {
		peer.fault({ method: 'POST', path: '/api/v1/statuses', kind: 'status', status: 403 });
		addComplaints(peer, 0, 1);
		await program.start();
		const [row] = await program.untilComplaints(1);
		await program.approve(row);
		const handed = await program.until(async () => {
			const now = await rowOf(program, row.id);
			return now.reply_state === 'handoff' && now;
		}, 'the hand-off');
		assert.equal(handed.state, 'approved');
		assert.match(handed.reply_why, /does not let our account answer.*by hand/);
		await program.run(['queue', 'posted', String(row.id), '--url', 'https://far.example/@acme/7']);
		assert.equal((await rowOf(program, row.id)).state, 'replied');
		assert.equal(peer.replies.length, 0);
	}));

test("the author's answer opens the complaint again; our own reply never comes back as a post", () =>
	withProgram(
		{
			config: (peers) =>
				configFor(
					peers.flatMap((peer) => [
						tagSource(peer),
						tagSource(peer, { hashtag: undefined, mentions: true }),
					]),
				),
		},
		async ({ program, peer }) => {
			const [post] = addComplaints(peer, 0, 1);
			await program.start();
			const [row] = await program.untilComplaints(1);
			await program.approve(row);
			await peer.until(() => peer.replies.length === 1, 'the reply');
			await untilState(program, row.id, 'replied');
			peer.add({
				acct: post.account.acct,
				text: '@acme #acme this does not help, the parcel is still not there, please fix this',
				inReplyTo: post.id,
			});
			const again = await untilState(program, row.id, 'open');
			assert.equal(again.posts, 2);
			await somePolls(peer);
			const all = await program.complaints();
			assert.equal(all.length, 1, 'neither our reply nor the answer made another complaint');
			const { history } = await program.show(row.id);
			assert.deepEqual(
				history.map((item) => item.author.handle ?? item.author),
				[post.account.acct, post.account.acct],
			);
		},
	));

test('two people: what nobody may offer alone is refused to whoever wrote it, in one sentence', () =>
	withProgram({}, async ({ program, peer }) => {
		addComplaints(peer, 0, 1);
		await program.start();
		const [row] = await program.untilComplaints(1);
		const id = String(row.id);
		await program.run([
			'queue',
			'draft',
			id,
			'--text',
			'@customer0@far.example We will refund you 80 euros. – Maya',
		]);
		for (const step of ['open', 'submitted']) {
			const refused = await program.approve(await program.show(row.id), { expect: 1 });
			assert.match(refused.stderr, /two people/, step);
			assert.equal(refused.stderr.trim().split('\n').length, 1);
			if (step === 'open') await program.run(['queue', 'submit', id]);
		}
		await somePolls(peer);
		assert.equal(peer.replies.length, 0);
		await program.run(['doctor']);
		await program.run(['doctor', '--audit']);
	}));
