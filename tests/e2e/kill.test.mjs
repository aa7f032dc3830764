/*
 * SIGKILL at 50 random moments of importing, fetching and sending: nothing is lost, nothing is there twice, and no
 * customer gets a reply twice, whether or not the server remembers Idempotency-Keys.
 *
 * The moments come from a seed that is printed; AMENDS_SEED=N repeats them, as far as a machine's timing can be repeated.
 * AMENDS_ROUNDS (default 50) makes it a longer hunt.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
	Program,
	addComplaints,
	assertEachOnce,
	complaintText,
	configFor,
	sleep,
	tagSource,
	until,
	withProgram,
} from './program.mjs';

const SEED = Number(process.env.AMENDS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = Number(process.env.AMENDS_ROUNDS ?? 50);
const SEND_ROUNDS = Math.ceil(ROUNDS * 0.4);
const FETCH_ROUNDS = Math.ceil(ROUNDS * 0.3);
const IMPORT_ROUNDS = ROUNDS - SEND_ROUNDS - FETCH_ROUNDS;

/* mulberry32: small, seeded, good enough to pick moments. */
function randomFrom(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/* Where the sqlite3 program is there, the file itself is asked, too. */
async function assertWhole(program) {
	try {
		const { stdout } = await promisify(execFile)('sqlite3', [
			program.path('amends.db'),
			'PRAGMA integrity_check; PRAGMA foreign_key_check;',
		]);
		assert.equal(stdout.trim(), 'ok');
	} catch (error) {
		if (error.code !== 'ENOENT') throw error;
	}
}

/* ---- import ---- */

const IMPORT_POSTS = 500;

function writePosts(program, name, round) {
	let text = '';
	for (let i = 0; i < IMPORT_POSTS; i++)
		text +=
			JSON.stringify({
				id: `r${round}-${i}`,
				platform: 'forum',
				text: complaintText(i),
				lang: 'en',
				author: { id: `u${round}-${i}` },
			}) + '\n';
	program.write(name, text);
}

/* What has been written and not yet moved into the database grows with every page. */
function logSize(program) {
	return fs.statSync(program.path('amends.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
}

/* Starts an import; resolves with { child, grown } once it has written that many bytes, or has ended. */
async function importUntil(program, name, bytes) {
	const before = logSize(program);
	const child = program.spawn(['import', name], ['ignore', 'ignore', 'pipe']);
	let ended = false;
	let grown = 0;
	child.on('close', () => (ended = true));
	child.stderr.resume();
	await until(
		() => {
			grown = Math.max(grown, logSize(program) - before);
			return ended || grown >= bytes;
		},
		'the import to write',
		{ everyMs: 1 },
	);
	return { child, grown, ended: () => ended };
}

/* By what was written and not by time: on a busy machine all kills might come before the first page, or after the last. */
async function importKilled(program, name, bytes, ms) {
	const { child, ended } = await importUntil(program, name, bytes);
	await sleep(ms);
	child.kill('SIGKILL');
	await until(ended, 'the import to end', { everyMs: 1 });
}

/* How much an import writes. */
async function importSize(program) {
	writePosts(program, 'first.jsonl', 'first');
	return (await importUntil(program, 'first.jsonl', Infinity)).grown;
}

function counts({ stdout, stderr }) {
	return (stdout + stderr)
		.match(/read (\d+) new (\d+) known (\d+) bad (\d+)/)
		.slice(1)
		.map(Number);
}

const KILLS_PER_FILE = 3;

async function importRounds(t) {
	const random = randomFrom(SEED);
	const program = new Program(configFor([], { import: { page: 5 } }));
	let between = 0;
	try {
		const writing = await importSize(program);
		for (let round = 0; round < IMPORT_ROUNDS; round += KILLS_PER_FILE) {
			writePosts(program, 'posts.jsonl', round);
			for (let kill = round; kill < Math.min(round + KILLS_PER_FILE, IMPORT_ROUNDS); kill++)
				await importKilled(program, 'posts.jsonl', (random() * writing) / KILLS_PER_FILE, random() * 10);
			const [read, fresh, known, bad] = counts(await program.run(['import', 'posts.jsonl']));
			assert.deepEqual(
				[read, fresh + known, bad],
				[IMPORT_POSTS, IMPORT_POSTS, 0],
				`round ${round}`,
			);
			assert.equal(known % 5, 0, `round ${round}: a page was stored in part (${known} posts)`);
			between += known > 0 && fresh > 0 ? 1 : 0;
		}
		await assertWhole(program);
		const again = counts(await program.run(['import', 'posts.jsonl']));
		assert.deepEqual(again, [IMPORT_POSTS, 0, IMPORT_POSTS, 0]);
		t.diagnostic(`${between} files were finished in two parts or more`);
		assert.ok(between > 0, 'no kill fell between two pages: nothing was proved');
	} finally {
		await program.close();
	}
}

/* Rounds run the half that fetches and sends; nothing waits for the desk. */
const WATCH = { command: ['watch'], ready: /watch started/ };

/* ---- fetch ---- */

const FETCH_POSTS = 12;

async function fetchRounds(t) {
	const random = randomFrom(SEED + 1);
	const config = (peers) => configFor(peers.map((peer) => tagSource(peer, { page_size: 4 })));
	await withProgram(
		{ peers: [{ flavour: 'mastodon' }, { flavour: 'flake' }], config },
		async ({ program, peers }) => {
			/* The first look takes the newest page and no history: let it be over. */
			const posts = peers.flatMap((peer, i) => addComplaints(peer, 9000 + i, 1));
			await program.start();
			await program.untilComplaints(posts.length);
			await program.stop();
			for (let round = 0; round < FETCH_ROUNDS; round++) {
				for (const [i, peer] of peers.entries())
					posts.push(
						...addComplaints(peer, (2 * round + i) * FETCH_POSTS, FETCH_POSTS),
					);
				const asked = peers.map((peer) => peer.requests.length);
				await program.start(WATCH);
				await until(
					() => peers.some((peer, i) => peer.requests.length > asked[i]),
					'a request',
					{ everyMs: 2 },
				);
				await sleep(random() * 200);
				await program.kill();
			}
			await program.start();
			await program.untilComplaints(posts.length);
			assertEachOnce(posts, await program.complaints());
			await program.stop();
			await assertWhole(program);
			t.diagnostic(`${posts.length} posts in ${FETCH_ROUNDS} rounds`);
		},
	);
}

/* ---- send ---- */

/* One that remembers keys, and two with which only reading back helps. */
const SERVERS = [
	{ flavour: 'mastodon' },
	{ flavour: 'forgetful' },
	{ flavour: 'flake', traits: { remembersKeys: false } },
];
const PER_ROUND = 1; /* replies approved for each server before each start */

/* Answers to posts come late, so that many kills fall between the post and the news of it. */
function slowDown(peer, random) {
	const ms = () => 20 + random() * 150;
	peer.fault({ method: 'POST', path: '/api/v1/statuses', kind: 'slow', times: Infinity, ms });
}

async function approveSome(program, count) {
	const open = (await program.complaints()).filter((row) => row.state === 'open').slice(0, count);
	for (let i = 0; i < open.length; i += 2)
		await Promise.all(open.slice(i, i + 2).map((row) => program.approve(row)));
	return open.length;
}

async function sendRounds(t) {
	const random = randomFrom(SEED + 2);
	await withProgram({ peers: SERVERS }, async ({ program, peers }) => {
		const posts = peers.map((peer, i) => addComplaints(peer, 1000 * i, PER_ROUND * SEND_ROUNDS));
		await program.start();
		await program.untilComplaints(posts.flat().length);
		await program.stop();
		for (const peer of peers) slowDown(peer, random);
		const replied = () => peers.reduce((sum, peer) => sum + peer.replies.length, 0);
		const posted = () =>
			peers.flatMap((peer) => peer.requests).filter((request) => request.method === 'POST');
		let approved = 0;
		let unanswered = 0;
		for (let round = 0; round < SEND_ROUNDS; round++) {
			approved += await approveSome(program, PER_ROUND * peers.length);
			const before = replied();
			await program.start(WATCH);
			await until(() => replied() > before || replied() === approved, 'a reply', { everyMs: 1 });
			await sleep(random() * 150);
			unanswered += posted().filter((request) => request.status === null).length;
			await program.kill();
		}
		await program.start();
		await program.until(
			async () => (await program.complaints()).every((row) => row.state === 'replied'),
			'all replies to be settled',
			{ timeoutMs: 180000, everyMs: 500 },
		);
		await program.stop();
		await assertWhole(program);
		assertOneReplyEach(peers, posts);
		t.diagnostic(
			`${replied()} replies, ${posted().length} attempts to post, ${unanswered} unanswered at a kill`,
		);
		assert.ok(unanswered > 0, 'no kill fell between a reply and the answer to it: nothing was proved');
	});
}

function assertOneReplyEach(peers, posts) {
	for (const [i, peer] of peers.entries()) {
		const answered = peer.replies.map((reply) => reply.inReplyTo);
		const twice = answered.filter((id, at) => answered.indexOf(id) !== at);
		assert.deepEqual(twice, [], `${peer.flavour}: ${twice.length} customers got two replies`);
		const never = posts[i].filter((post) => !answered.includes(post.id));
		assert.deepEqual(
			never.map((post) => post.account.acct),
			[],
			`${peer.flavour}: customers without a reply`,
		);
		assert.equal(
			new Set(peer.replies.map((reply) => reply.key)).size,
			peer.replies.length,
			'a key was used for two',
		);
	}
}

describe(`killed at ${ROUNDS} random moments (AMENDS_SEED=${SEED})`, { concurrency: true }, () => {
	test('import stores every post once and whole pages only', importRounds);
	test('fetching stores every post once', fetchRounds);
	test('sending gives every customer exactly one reply', sendRounds);
});
