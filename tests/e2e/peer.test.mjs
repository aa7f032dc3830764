/*
 * The scripted server itself: a test double that is wrong proves nothing, so its paging, keys and faults are checked
 * first, over real HTTP.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { FLAVOURS, startMastodon } from '../peer/mastodon.mjs';
import { textToHtml } from '../peer/text.mjs';

/* Answers { status, headers, text, json } or throws what the connection threw. */
function ask(peer, path, { method = 'GET', headers = {}, body } = {}) {
	return new Promise((resolve, reject) => {
		const request = http.request(peer.url + path, { method, headers, agent: false }, (response) => {
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => {
				const bytes = Buffer.concat(parts);
				let json;
				try {
					json = JSON.parse(bytes.toString('utf8'));
				} catch {
					json = undefined;
				}
				resolve({ status: response.statusCode, headers: response.headers, bytes, json });
			});
		});
		request.on('error', reject);
		request.end(body);
	});
}

function reply(peer, fields, key) {
	const headers = {
		Authorization: `Bearer ${peer.token}`,
		'Content-Type': 'application/x-www-form-urlencoded',
	};
	if (key) headers['Idempotency-Key'] = key;
	return ask(peer, '/api/v1/statuses', { method: 'POST', headers, body: String(new URLSearchParams(fields)) });
}

async function withPeer(options, body) {
	const peer = await startMastodon(options);
	try {
		await body(peer);
	} finally {
		await peer.close();
	}
}

for (const flavour of Object.keys(FLAVOURS).filter((name) => FLAVOURS[name].minId)) {
	test(`min_id pages forward without a gap (${flavour})`, () =>
		withPeer({ flavour }, async (peer) => {
			const ids = Array.from({ length: 95 }, (_, i) => peer.add({ text: `post ${i} #acme` }).id);
			const seen = [];
			for (let cursor = ids[4]; ;) {
				const { json } = await ask(
					peer,
					`/api/v1/timelines/tag/ACME?limit=40&min_id=${cursor}`,
				);
				if (json.length === 0) break;
				seen.push(...json.map((s) => s.id).reverse());
				cursor = json[0].id;
			}
			assert.deepEqual(seen, ids.slice(5));
		}));
}

test('since_id gives the newest page only, max_id the older ones', () =>
	withPeer({}, async (peer) => {
		const ids = Array.from({ length: 60 }, (_, i) => peer.add({ text: `post ${i} #acme` }).id);
		const newest = (await ask(peer, `/api/v1/timelines/tag/acme?limit=10&since_id=${ids[3]}`)).json.map(
			(s) => s.id,
		);
		assert.deepEqual(newest, ids.slice(50).reverse());
		const older = (await ask(peer, `/api/v1/timelines/tag/acme?limit=10&max_id=${ids[50]}`)).json.map(
			(s) => s.id,
		);
		assert.deepEqual(older, ids.slice(40, 50).reverse());
	}));

test('the flavour without min_id answers with its newest page', () =>
	withPeer({ flavour: 'no-min-id' }, async (peer) => {
		const ids = Array.from({ length: 30 }, (_, i) => peer.add({ text: `post ${i} #acme` }).id);
		const page = (await ask(peer, `/api/v1/timelines/tag/acme?limit=10&min_id=${ids[0]}`)).json.map(
			(s) => s.id,
		);
		assert.deepEqual(page, ids.slice(20).reverse());
	}));

test('Link and rate headers belong to one flavour and not to the other', async () => {
	await withPeer({ flavour: 'mastodon' }, async (peer) => {
		const post = peer.add({});
		const { headers } = await ask(peer, '/api/v1/timelines/tag/acme?limit=5');
		assert.match(
			headers.link,
			new RegExp(`max_id=${post.id}>; rel="next".*min_id=${post.id}>; rel="prev"`),
		);
		assert.ok(!Number.isNaN(Date.parse(headers['x-ratelimit-reset'])));
	});
	await withPeer({ flavour: 'flake' }, async (peer) => {
		const post = peer.add({});
		assert.match(post.id, /^[0-9A-Za-z]{18}$/);
		assert.ok(/[A-Za-z]/.test(post.id));
		const { headers } = await ask(peer, '/api/v1/timelines/tag/acme');
		assert.equal(headers.link, undefined);
		assert.equal(headers['x-ratelimit-reset'], undefined);
	});
});

test('a key used twice makes one post, or two where the server forgets keys', async () => {
	for (const [flavour, expected] of [
		['mastodon', 1],
		['forgetful', 2],
	])
		await withPeer({ flavour }, async (peer) => {
			const post = peer.add({});
			const first = await reply(
				peer,
				{ status: '@ada@far.example sorry', in_reply_to_id: post.id },
				'k1',
			);
			const again = await reply(
				peer,
				{ status: '@ada@far.example sorry', in_reply_to_id: post.id },
				'k1',
			);
			assert.equal(first.status, 200);
			assert.equal(peer.replies.length, expected);
			assert.equal(first.json.id === again.json.id, expected === 1);
			assert.equal(peer.replies[0].inReplyTo, post.id);
			const { json } = await ask(peer, `/api/v1/statuses/${post.id}/context`);
			assert.equal(json.descendants.length, expected);
		});
});

test('posting needs a good token, a text that fits and a post that is there', () =>
	withPeer({ maxCharacters: 30 }, async (peer) => {
		const post = peer.add({});
		assert.equal((await reply(peer, { status: '' })).status, 422);
		assert.equal((await reply(peer, { status: 'x'.repeat(31) })).status, 422);
		assert.equal((await reply(peer, { status: '@a@' + 'h'.repeat(40) + '.example hello' })).status, 200);
		peer.remove(post.id);
		assert.equal((await reply(peer, { status: 'hello', in_reply_to_id: post.id })).status, 404);
		const bad = await ask(peer, '/api/v1/timelines/tag/acme', {
			headers: { Authorization: 'Bearer other' },
		});
		assert.equal(bad.status, 401);
		assert.equal((await ask(peer, '/api/v2/search?q=x')).status, 401);
	}));

test('mentions, search, edits and deletions show where they should', () =>
	withPeer({}, async (peer) => {
		const headers = { Authorization: `Bearer ${peer.token}` };
		const a = peer.add({ text: '@acme where is my order?' });
		const b = peer.add({ text: 'Acme lost my parcel' });
		const mentions = await ask(peer, '/api/v1/notifications?types[]=mention', { headers });
		assert.deepEqual(
			mentions.json.map((n) => n.status.id),
			[a.id],
		);
		const found = await ask(peer, '/api/v2/search?type=statuses&q=acme+parcel', { headers });
		assert.deepEqual(
			found.json.statuses.map((s) => s.id),
			[b.id],
		);
		peer.edit(b.id, 'Acme found my parcel');
		const edited = await ask(peer, `/api/v1/statuses/${b.id}`);
		assert.match(edited.json.content, /found/);
		assert.ok(edited.json.edited_at);
		peer.remove(b.id);
		assert.equal((await ask(peer, `/api/v1/statuses/${b.id}`)).status, 404);
	}));

test('text becomes the HTML such servers send', () => {
	assert.equal(textToHtml('http://h', "a < b'\nc\n\nd"), '<p>a &lt; b&#39;<br />c</p><p>d</p>');
	assert.match(
		textToHtml('http://h', 'see #acme @ada@far.example'),
		/class="mention hashtag".*class="u-url mention"/,
	);
});

const FAULTS = [
	[
		'status',
		{ status: 429, retryAfter: 7 },
		async (got) => {
			assert.equal(got.status, 429);
			assert.equal(got.headers['retry-after'], '7');
		},
	],
	[
		'status',
		{ status: 429, reset: 60 },
		async (got) => assert.ok(Date.parse(got.headers['x-ratelimit-reset']) > Date.now()),
	],
	['drip', { everyMs: 1 }, async (got) => assert.equal(got.json.length, 1)],
	['huge', { size: 1 << 20 }, async (got) => assert.ok(got.bytes.length > 1 << 20)],
	[
		'bomb',
		{ size: 8 << 20 },
		async (got) => assert.ok(got.headers['content-encoding'] === 'gzip' && got.bytes.length < 1 << 16),
	],
	['bad-utf8', {}, async (got) => assert.ok(got.bytes.includes(Buffer.from([0xc3, 0x28, 0xff])))],
	['duplicates', {}, async (got) => assert.equal(got.json.length, 2)],
	[
		'redirect',
		{ location: 'http://10.0.0.1/' },
		async (got) => assert.equal(got.headers.location, 'http://10.0.0.1/'),
	],
	['body', { body: 'no json' }, async (got) => assert.equal(got.bytes.toString(), 'no json')],
	['delay', { ms: 5 }, async (got) => assert.equal(got.json.length, 1)],
];
for (const [kind, more, check] of FAULTS)
	test(`the fault ${kind} ${JSON.stringify(more)} does what it says, once`, () =>
		withPeer({}, async (peer) => {
			peer.add({});
			const fault = peer.fault({ path: '/timelines/tag/', kind, ...more });
			await check(await ask(peer, '/api/v1/timelines/tag/acme'));
			assert.equal(fault.fired, 1);
			assert.equal((await ask(peer, '/api/v1/timelines/tag/acme')).json.length, 1);
		}));

test('a cut body ends the connection early; a lost answer has taken effect', () =>
	withPeer({}, async (peer) => {
		const post = peer.add({});
		peer.fault({ path: '/timelines/', kind: 'cut' });
		await assert.rejects(ask(peer, '/api/v1/timelines/tag/acme'));
		peer.fault({ method: 'POST', path: '/statuses', kind: 'lost' });
		await assert.rejects(reply(peer, { status: 'hello', in_reply_to_id: post.id }, 'k'));
		assert.equal(peer.replies.length, 1);
		peer.fault({ method: 'POST', path: '/statuses', kind: 'refuse' });
		await assert.rejects(reply(peer, { status: 'again', in_reply_to_id: post.id }, 'k2'));
		assert.equal(peer.replies.length, 1);
	}));

test('it can be driven over HTTP', () =>
	withPeer({}, async (peer) => {
		const order = (body) => ask(peer, '/_script', { method: 'POST', body: JSON.stringify(body) });
		const { json } = await order({ do: 'add', text: 'late again #acme', acct: 'bo@far.example' });
		assert.equal((await ask(peer, '/api/v1/timelines/tag/acme')).json[0].id, json.result.id);
		await order({ do: 'fault', kind: 'status', status: 503 });
		assert.equal((await ask(peer, '/api/v1/timelines/tag/acme')).status, 503);
		assert.equal((await order({ do: 'requests' })).json.result.length, 2);
		assert.match((await order({ do: 'dance' })).json.error, /unknown order/);
	}));

test('it runs from the terminal until SIGTERM', async () => {
	const child = spawn(process.execPath, [
		fileURLToPath(new URL('../peer/mastodon.mjs', import.meta.url)),
		'--flavour',
		'flake',
	]);
	const closed = new Promise((resolve) => child.on('close', resolve));
	const line = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
	const url = line.match(/^ready (http:\/\/127\.0\.0\.1:\d+)\n$/)[1];
	assert.equal((await ask({ url }, '/api/v2/instance')).status, 200);
	child.kill('SIGTERM');
	assert.equal(await closed, 0);
});
