/*
 * Fetching, by the real program from servers that are slow, wrong, full or away: nothing is missed, nothing is stored
 * twice, and one server's trouble is no other's.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FLAVOURS } from '../peer/mastodon.mjs';
import {
	addComplaints,
	assertEachOnce,
	complaintText,
	configFor,
	tagSource,
	until,
	withProgram,
} from './program.mjs';

/* Most of the time is spent waiting for the program's own pauses: side by side. */
describe('fetching', { concurrency: 2 }, () => {
	function timelineRequests(peer) {
		return peer.requests.filter((request) => request.pathname.includes('/timelines/'));
	}

	/* `count` more looks at the timeline, from now. */
	function looks(peer, count) {
		const before = timelineRequests(peer).length;
		return peer.until(
			() => timelineRequests(peer).length >= before + count,
			`${count} more polls`,
			60000,
		);
	}

	for (const flavour of Object.keys(FLAVOURS))
		test(`posts arrive once, and 120 that came during downtime too (${flavour})`, () =>
			withProgram({ peers: [{ flavour }] }, async ({ program, peer }) => {
				const posts = addComplaints(peer, 0, 5);
				await program.start();
				await program.untilComplaints(5);
				await program.stop();
				posts.push(...addComplaints(peer, 5, 120));
				await program.start();
				await program.untilComplaints(125);
				posts.push(...addComplaints(peer, 125, 3));
				await program.untilComplaints(128);
				await program.stop();
				await program.start();
				await looks(peer, 3);
				assertEachOnce(posts, await program.complaints());
			}));

	test('a hashtag that was silent at the first look loses nothing of what comes after', () =>
		withProgram({}, async ({ program, peer }) => {
			await program.start();
			await looks(peer, 1);
			await program.stop();
			const posts = addComplaints(peer, 0, 90);
			await program.start();
			await program.untilComplaints(90);
			assertEachOnce(posts, await program.complaints());
		}));

	test('the same id on two servers is two posts', () =>
		withProgram({ peers: [{ idOffset: 5 }, { idOffset: 5 }] }, async ({ program, peers }) => {
			const posts = peers.map((peer, i) =>
				peer.add({ acct: `same${i}@far.example`, text: complaintText(i) }),
			);
			assert.equal(posts[0].id, posts[1].id);
			await program.start();
			await program.untilComplaints(2);
		}));

	/* What a page's text may not do: be lost, be stored as markup, or change. */
	test('a text arrives as its author sees it', () =>
		withProgram({}, async ({ program, peer }) => {
			const text =
				'My parcel <b>never</b> arrived & it cost 5 \u20ac \u{1f621}!\nWhere is it? Please help #acme';
			peer.add({ acct: 'ada@far.example', text });
			await program.start();
			const [row] = await program.untilComplaints(1);
			assert.equal(row.text, text);
			assert.equal(row.author.handle, 'ada@far.example');
			assert.equal(row.class, 'problem');
		}));

	/* Each fault has a server of its own; all are sources of one program, so that none may stop another. */
	const DEEP = '['.repeat(2000) + ']'.repeat(2000);
	const FAULTS = [
		{ kind: 'status', status: 429, retryAfter: 4, pauseMs: 4000 },
		{ kind: 'status', status: 429, reset: 4, pauseMs: 3500 },
		{ kind: 'status', status: 429, retryAfter: 'soon', pauseMs: 1000 },
		{ kind: 'status', status: 503, retryAfter: 3, pauseMs: 3000 },
		{ kind: 'status', status: 500, times: 2 },
		{ kind: 'status', status: 502, body: '<html><h1>Bad Gateway</h1>' },
		{ kind: 'cut' },
		{ kind: 'cut', bytes: 0 },
		{ kind: 'drip', everyMs: 50 },
		{ kind: 'gzip' },
		{ kind: 'huge' },
		{ kind: 'bomb' },
		{ kind: 'bad-utf8' },
		{ kind: 'duplicates', times: 3 },
		{ kind: 'refuse', times: 2 },
		{ kind: 'redirect', location: '/api/v1/timelines/tag/acme?elsewhere=1' },
		{ kind: 'body', body: 'no json at all' },
		{ kind: 'body', body: '' },
		{ kind: 'body', body: '{"error":"what?"}' },
		{ kind: 'body', body: '[null, 1, "two", {}, {"id": 5}, {"id": "x", "content": 7, "account": []}]' },
		{ kind: 'body', body: DEEP },
		{
			kind: 'body',
			body: '[{"id":"1","content":"<p>' + 'x'.repeat(300000) + '</p>","account":{"acct":"big"}}]',
		},
	];

	function nameOf({ kind, body, ...more }) {
		return `${kind} ${JSON.stringify(more)}${body === undefined ? '' : ` ${JSON.stringify(body.slice(0, 40))}`}`;
	}

	test('after every kind of bad answer the posts arrive, from all servers', async (t) => {
		const peers = FAULTS.map(() => ({}));
		await withProgram({ peers }, async ({ program, peers: servers }) => {
			const posts = servers.map((peer, i) => {
				peer.scripted = peer.fault({ path: '/timelines/', ...FAULTS[i] });
				return peer.add({ acct: `customer${i}@far.example`, text: complaintText(i) });
			});
			await program.start();
			for (const [i, peer] of servers.entries())
				await peer.until(
					() => peer.scripted.left === 0,
					`the fault ${nameOf(FAULTS[i])}`,
					90000,
				);
			await program.until(
				() => servers.every((peer) => timelineRequests(peer).at(-1).fault === null),
				'good answers',
				{ timeoutMs: 90000 },
			);
			await program.untilComplaints(servers.length);
			const rows = (await program.complaints()).filter((row) =>
				/^customer/.test(row.author.handle),
			);
			assertEachOnce(posts, rows);
			await program.stop();
			for (const [i, fault] of FAULTS.entries())
				await t.test(nameOf(fault), () =>
					checkFault(
						fault,
						timelineRequests(servers[i]),
						rows.find((row) => row.author.handle === `customer${i}@far.example`),
						complaintText(i),
					),
				);
		});
	});

	/* It waited as it was told, took no more than it had to, and kept the text whole. */
	function checkFault(fault, asked, row, text) {
		const at = asked.findLastIndex((request) => request.fault !== null);
		if (fault.pauseMs)
			assert.ok(
				asked[at + 1].at - asked[at].at >= fault.pauseMs,
				`asked again after ${asked[at + 1].at - asked[at].at} ms instead of ${fault.pauseMs}`,
			);
		if (fault.kind === 'huge')
			assert.ok(asked[at].sent < 24 << 20, `it took ${asked[at].sent} bytes before it had enough`);
		if (fault.kind !== 'bad-utf8') assert.equal(row.text, text);
	}

	const REDIRECTS = [
		'http://10.255.255.1/api/v1/timelines/tag/acme',
		'file:///etc/passwd',
		'http://169.254.169.254/',
		'/api/v1/timelines/tag/acme?again=1',
	];
	test('redirects to where none may lead, and endless ones, are not followed', () =>
		withProgram({ peers: [...REDIRECTS.map(() => ({})), {}] }, async ({ program, peers }) => {
			const good = peers.pop();
			for (const [i, peer] of peers.entries()) {
				peer.add({ text: complaintText(i) });
				peer.fault({
					path: '/timelines/',
					kind: 'redirect',
					location: REDIRECTS[i],
					times: Infinity,
				});
			}
			const posts = addComplaints(good, 10, 1);
			await program.start();
			await program.untilComplaints(1);
			for (const peer of peers) {
				const host = new URL(peer.url).host;
				await program.until(
					() =>
						program.log
							.split('\n')
							.some(
								(line) =>
									line.includes(host) &&
									/redirect|private/.test(line),
							),
					`a sentence about ${host}`,
				);
				assert.ok(timelineRequests(peer).length <= 4, 'it went in circles');
			}
			assertEachOnce(posts, await program.complaints());
		}));

	test('a server that never answers holds up neither the others nor the end', () =>
		withProgram({ peers: [{}, {}] }, async ({ program, peers: [silent, good] }) => {
			silent.fault({ kind: 'hang', times: 1000 });
			const posts = addComplaints(good, 0, 2);
			await program.start();
			await until(() => silent.requests.length > 0, 'the silent server to be asked');
			await program.untilComplaints(2);
			posts.push(...addComplaints(good, 2, 2));
			await program.untilComplaints(4);
			const asked = Date.now();
			await program.stop();
			assert.ok(Date.now() - asked < 10000, `it took ${Date.now() - asked} ms to stop`);
			await program.start();
			await looks(good, 1);
			assertEachOnce(posts, await program.complaints());
		}));

	function refusals(peer) {
		return peer.requests.filter((request) => request.status === 401).length;
	}

	test('an expired token is said once in a sentence, the other sources go on, and a new one mends it', () =>
		withProgram(
			{
				peers: [{}, {}],
				config: ([first, second]) =>
					configFor([
						tagSource(first, { token_env: undefined, token_file: 'token' }),
						tagSource(second),
					]),
			},
			async ({ program, peers: [expired, good] }) => {
				program.writeSecret('token', 'secret-token\n');
				await program.start();
				const posts = [...addComplaints(expired, 0, 1), ...addComplaints(good, 1, 1)];
				await program.untilComplaints(2);
				expired.token = 'another';
				await expired.until(() => refusals(expired) > 0, 'the refusal');
				posts.push(...addComplaints(expired, 2, 1), ...addComplaints(good, 3, 1));
				await program.untilComplaints(3);
				await looks(good, 3);
				const host = new URL(expired.url).host;
				const said = program.log
					.split('\n')
					.filter((line) => line.includes(host) && /token/i.test(line));
				assert.equal(said.length, 1, `said ${said.length} times:\n${said.join('\n')}`);
				assert.ok(!program.log.includes('secret-token'), 'the token itself is in the log');
				program.writeSecret('token', 'another\n');
				program.signal('SIGHUP');
				await program.untilComplaints(4);
				assertEachOnce(posts, await program.complaints());
			},
		));

	test('mentions and searches are fetched with the token', () =>
		withProgram(
			{
				config: ([peer]) =>
					configFor([
						tagSource(peer, { hashtag: undefined, mentions: true }),
						tagSource(peer, { hashtag: undefined, search: 'kettle' }),
					]),
			},
			async ({ program, peer }) => {
				peer.add({
					acct: 'a@far.example',
					text: '@acme my parcel never arrived, please help',
				});
				peer.add({
					acct: 'b@far.example',
					text: 'Acme sent me a broken kettle, I want a refund',
				});
				peer.add({
					acct: 'c@far.example',
					text: '@acme the kettle you sent is broken, please replace it',
				});
				peer.add({ acct: 'd@far.example', text: 'nothing of interest' });
				await program.start();
				const rows = await program.untilComplaints(3);
				assert.deepEqual(rows.map((row) => row.author.handle).sort(), [
					'a@far.example',
					'b@far.example',
					'c@far.example',
				]);
				assert.ok(
					peer.requests.every(
						(request) => request.headers.authorization === 'Bearer secret-token',
					),
				);
			},
		));
});
