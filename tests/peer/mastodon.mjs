/*
 * A scripted Mastodon-compatible server for tests: loopback only, no dependencies, Node 18 or later.
 *
 *     const peer = await startMastodon({ flavour: 'flake' });
 *     const post = peer.add({ acct: 'ada@far.example', text: 'My parcel is late #acme' });
 *     peer.fault({ path: '/timelines/', kind: 'status', status: 429, retryAfter: 2 });
 *     peer.requests, peer.replies     what it was asked, and what was posted through it
 *     await peer.close();
 *
 * It follows the public API's shapes closely enough that a client can't tell, and adds nothing that real servers lack.
 * Programs in other languages drive it by `POST /_script` with {"do": "add", ...}; see script(). From the terminal:
 * `node mastodon.mjs [--flavour NAME] [--port N] [--token T]` prints its address and runs until SIGTERM.
 */
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { pathToFileURL } from 'node:url';

/* How servers of this family differ where a client can notice. */
export const FLAVOURS = {
	/* Mastodon: snowflake numbers, Link and rate headers, keys remembered, min_id pages forward */
	mastodon: { ids: 'numeric', link: true, rate: true, remembersKeys: true, minId: true },
	/* Pleroma and kin: time-ordered ids that are no numbers, neither Link nor rate headers */
	flake: { ids: 'flake', link: false, rate: false, remembersKeys: true, minId: true },
	/* takes the same Idempotency-Key twice as two posts */
	forgetful: { ids: 'numeric', link: true, rate: true, remembersKeys: false, minId: true },
	/* knows no min_id: answers with the newest page whatever was asked */
	'no-min-id': { ids: 'numeric', link: false, rate: false, remembersKeys: false, minId: false },
};

const PAGE_DEFAULT = 20;
const PAGE_MAX = 40;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function escapeHtml(text) {
	return text.replace(
		/[&<>"']/g,
		(c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c],
	);
}

function linkTag(base, word) {
	const name = word.slice(1);
	return `<a href="${base}/tags/${name.toLowerCase()}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`;
}

function linkMention(base, word) {
	const name = word.slice(1).split('@')[0];
	return (
		`<span class="h-card" translate="no"><a href="${base}/@${word.slice(1)}" class="u-url mention">` +
		`@<span>${name}</span></a></span>`
	);
}

/* Long addresses are shown shortened, in three spans, as these servers do. */
function linkUrl(url) {
	const scheme = url.match(/^https?:\/\//)[0];
	const rest = url.slice(scheme.length);
	return (
		`<a href="${url}" rel="nofollow noopener" target="_blank"><span class="invisible">${scheme}</span>` +
		`<span class="ellipsis">${rest.slice(0, 30)}</span><span class="invisible">${rest.slice(30)}</span></a>`
	);
}

/* Plain text as the HTML these servers make of it. */
export function textToHtml(base, text) {
	const html = escapeHtml(text).replace(
		/https?:\/\/[^\s<]+|@[\w.]+(?:@[\w.-]*\w)?|#[\p{L}\p{N}_]+/gu,
		(word) => {
			if (word[0] === '#') return linkTag(base, word);
			return word[0] === '@' ? linkMention(base, word) : linkUrl(word);
		},
	);
	return '<p>' + html.replace(/\n\n+/g, '</p><p>').replace(/\n/g, '<br />') + '</p>';
}

function hashtagsOf(text) {
	return [...text.matchAll(/#([\p{L}\p{N}_]+)/gu)].map((m) => m[1].toLowerCase());
}

function mentionsOf(text) {
	return [...text.matchAll(/(?<![\w/])@([\w.]+(?:@[\w.-]*\w)?)/g)].map((m) => m[1].toLowerCase());
}

function base62(number, width) {
	let out = '';
	for (let n = BigInt(number); n > 0n; n /= 62n) out = BASE62[Number(n % 62n)] + out;
	return out.padStart(width, '0');
}

/* Ids grow with every post, in the order the server's own id type compares. */
class Ids {
	constructor(kind, offset) {
		this.kind = kind;
		this.last = (BigInt(Date.UTC(2026, 7, 1)) << 16n) + BigInt(offset);
	}

	next() {
		this.last += 65536n * 1009n + 7n;
		return this.kind === 'flake' ? base62(this.last << 40n, 18) : String(this.last);
	}

	/* Is a newer than b? Both were made here, or by a client that passes one of ours back. */
	newer(a, b) {
		if (this.kind === 'flake') return a.length === b.length ? a > b : a.length > b.length;
		return /^\d+$/.test(b) ? BigInt(a) > BigInt(b) : true;
	}
}

/* Two servers of one test do not give out the same ids unless the test wants just that (idOffset). */
let peersMade = 0;
function nextOffset() {
	return 11 * ++peersMade;
}

class Peer {
	constructor(options) {
		const flavour = options.flavour ?? 'mastodon';
		if (!FLAVOURS[flavour])
			throw new Error(`unknown flavour ${flavour}; known: ${Object.keys(FLAVOURS).join(' ')}`);
		Object.assign(this, FLAVOURS[flavour], options.traits);
		this.flavour = flavour;
		this.token = options.token ?? 'secret-token';
		this.limit = options.maxCharacters ?? 500;
		this.rateLimit = options.rateLimit ?? 30000;
		this.idSource = new Ids(this.ids, options.idOffset ?? nextOffset());
		this.accounts = new Map();
		this.own = this.account(options.own ?? 'acme', { display_name: 'Acme' });
		this.clear();
	}

	clear() {
		this.posts = []; /* oldest first */
		this.notifications = []; /* oldest first */
		this.replies =
			[]; /* what arrived through POST /api/v1/statuses, in order; a repeat that a key stopped is none */
		this.requests = [];
		this.faults = [];
		this.keys = new Map();
		this.rateUsed = 0;
		this.sockets ??= new Set();
	}

	/* ---- what a test says ---- */

	account(acct, extra = {}) {
		const known = this.accounts.get(acct.toLowerCase());
		if (known) return Object.assign(known, extra);
		const account = { id: this.idSource.next(), acct, followers_count: 12, ...extra };
		this.accounts.set(acct.toLowerCase(), account);
		return account;
	}

	/* A post appears. { acct, text | html, name, followers, lang, inReplyTo, at, visibility } */
	add(given = {}) {
		const extra = {};
		if (given.name !== undefined) extra.display_name = given.name;
		if (given.followers !== undefined) extra.followers_count = given.followers;
		const text = given.text ?? 'Nothing much #acme';
		const post = {
			id: this.idSource.next(),
			text,
			html: given.html,
			account: this.account(given.acct ?? 'ada@far.example', extra),
			language: given.lang === undefined ? 'en' : given.lang,
			inReplyTo: given.inReplyTo ?? null,
			createdAt: new Date(given.at ?? Date.now()),
			editedAt: null,
			deleted: false,
			visibility: given.visibility ?? 'public',
			tags: given.tags ?? hashtagsOf(text),
		};
		this.posts.push(post);
		if (mentionsOf(text).some((word) => this.isOwn(word)))
			this.notifications.push({ id: String(this.notifications.length + 1), post });
		return post;
	}

	isOwn(acct) {
		return acct.split('@')[0] === this.own.acct.toLowerCase();
	}

	edit(id, text) {
		const post = this.find(id);
		post.text = text;
		post.html = undefined;
		post.editedAt = new Date();
	}

	remove(id) {
		this.find(id).deleted = true;
	}

	find(id) {
		const post = this.posts.find((p) => p.id === id);
		if (!post) throw new Error(`no post ${id}`);
		return post;
	}

	/*
	 * Something goes wrong with the next `times` (default 1) requests that match `method`, `path` (a part of it, or a
	 * RegExp) and `when(request)`. Kinds: see FAULTS below. Returns the fault; `fault.left` counts down.
	 */
	fault(given) {
		if (!FAULTS[given.kind])
			throw new Error(`unknown fault ${given.kind}; known: ${Object.keys(FAULTS).join(' ')}`);
		const fault = { left: given.times ?? 1, fired: 0, ...given };
		this.faults.push(fault);
		return fault;
	}

	/* ---- what it answers ---- */

	accountJson(account) {
		const url = `${this.url}/@${account.acct}`;
		return {
			id: account.id,
			username: account.acct.split('@')[0],
			acct: account.acct,
			display_name: account.display_name ?? '',
			locked: false,
			bot: false,
			created_at: '2026-08-01T00:00:00.000Z',
			note: '',
			url,
			uri: url,
			avatar: `${this.url}/missing.png`,
			followers_count: account.followers_count,
			following_count: 3,
			statuses_count: this.posts.filter((p) => p.account === account && !p.deleted).length,
			emojis: [],
			fields: [],
		};
	}

	statusJson(post) {
		const answered = this.posts.find((p) => p.id === post.inReplyTo);
		const mentions = mentionsOf(post.text)
			.map((acct) => this.accounts.get(acct))
			.filter(Boolean);
		return {
			id: post.id,
			created_at: post.createdAt.toISOString(),
			in_reply_to_id: post.inReplyTo,
			in_reply_to_account_id: answered ? answered.account.id : null,
			sensitive: false,
			spoiler_text: '',
			visibility: post.visibility,
			language: post.language,
			uri: `${this.url}/ap/statuses/${post.id}`,
			url: `${this.url}/@${post.account.acct}/${post.id}`,
			replies_count: this.repliesTo(post).length,
			reblogs_count: 0,
			favourites_count: 0,
			edited_at: post.editedAt ? post.editedAt.toISOString() : null,
			content: post.html ?? textToHtml(this.url, post.text),
			reblog: null,
			account: this.accountJson(post.account),
			media_attachments: [],
			mentions: mentions.map((a) => ({
				id: a.id,
				username: a.acct.split('@')[0],
				acct: a.acct,
				url: `${this.url}/@${a.acct}`,
			})),
			tags: post.tags.map((name) => ({ name, url: `${this.url}/tags/${name}` })),
			emojis: [],
			card: null,
			poll: null,
		};
	}

	repliesTo(post) {
		return this.posts.filter((p) => p.inReplyTo === post.id && !p.deleted);
	}

	/* One page of `items` (oldest first) as these APIs cut it: newest first, even when min_id pages forward. */
	page(items, query, idOf) {
		const limit = Math.max(
			1,
			Math.min(PAGE_MAX, Number(query.get('limit') ?? PAGE_DEFAULT) || PAGE_DEFAULT),
		);
		const newer = (a, b) => this.idSource.newer(a, b);
		const [minId, maxId, sinceId] = ['min_id', 'max_id', 'since_id'].map((name) => query.get(name));
		let rows = items;
		if (maxId !== null) rows = rows.filter((item) => newer(maxId, idOf(item)));
		if (sinceId !== null) rows = rows.filter((item) => newer(idOf(item), sinceId));
		if (minId !== null && this.minId)
			return rows
				.filter((item) => newer(idOf(item), minId))
				.slice(0, limit)
				.reverse();
		return rows.slice(-limit).reverse();
	}

	linkHeader(pathname, query, ids) {
		if (!this.link || ids.length === 0) return {};
		const address = (key, id) => {
			const q = new URLSearchParams(query);
			for (const name of ['min_id', 'max_id', 'since_id']) q.delete(name);
			q.set(key, id);
			return `<${this.url}${pathname}?${q}>`;
		};
		return {
			Link: `${address('max_id', ids[ids.length - 1])}; rel="next", ${address('min_id', ids[0])}; rel="prev"`,
		};
	}

	rateHeaders() {
		if (!this.rate) return {};
		return {
			'X-RateLimit-Limit': String(this.rateLimit),
			'X-RateLimit-Remaining': String(Math.max(0, this.rateLimit - this.rateUsed)),
			'X-RateLimit-Reset': new Date(Date.now() + 300000).toISOString().replace('Z', '123Z'),
		};
	}

	/* Who asks: an account, null for nobody, or undefined for a token that is not (or no longer) good. */
	caller(request) {
		const header = request.headers.authorization;
		if (!header) return null;
		return header === `Bearer ${this.token}` ? this.own : undefined;
	}

	answer(request) {
		const caller = this.caller(request);
		if (caller === undefined) return { status: 401, json: { error: 'The access token is invalid' } };
		for (const [method, pattern, needsToken, handler] of ROUTES) {
			const match = request.method === method && request.pathname.match(pattern);
			if (!match) continue;
			if (needsToken && !caller)
				return { status: 401, json: { error: 'This method requires an authenticated user' } };
			return handler(this, request, decodeURIComponent(match[1] ?? ''));
		}
		return { status: 404, json: { error: 'Not Found' } };
	}

	/* The HTTP answer, recorded, with any scripted fault in between. */
	async serve(request, response) {
		if (request.pathname === '/_script')
			return send(response, 200, {}, JSON.stringify(script(this, JSON.parse(request.body))));
		this.rateUsed++;
		this.requests.push(request);
		const fault = this.faults.find((f) => f.left > 0 && matches(f, request));
		if (!fault) return this.sendAnswer(response, request, this.answer(request));
		fault.left--;
		fault.fired++;
		request.fault = fault.kind;
		return FAULTS[fault.kind](this, fault, request, response);
	}

	sendAnswer(response, request, answer) {
		request.status = answer.status;
		return send(
			response,
			answer.status,
			{ ...this.rateHeaders(), ...answer.headers },
			JSON.stringify(answer.json),
		);
	}

	/* Resolves with `test()` once that is true; looks every 20 ms and gives up, saying for what it waited. */
	until(test, what = 'condition', timeoutMs = 20000) {
		return new Promise((resolve, reject) => {
			const started = Date.now();
			const look = setInterval(() => {
				const result = test();
				if (!result && Date.now() - started < timeoutMs) return;
				clearInterval(look);
				result
					? resolve(result)
					: reject(new Error(`waited ${timeoutMs} ms in vain for: ${what}`));
			}, 20);
		});
	}

	async close() {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

/* ---- the API's routes: method, path, token needed, handler(peer, request, captured part) ---- */

function listAnswer(peer, request, items) {
	const rows = peer.page(items, request.query, (p) => p.id);
	return {
		status: 200,
		json: rows.map((p) => peer.statusJson(p)),
		headers: peer.linkHeader(
			request.pathname,
			request.query,
			rows.map((p) => p.id),
		),
	};
}

function tagTimeline(peer, request, tag) {
	return listAnswer(
		peer,
		request,
		peer.posts.filter(
			(p) => !p.deleted && p.visibility === 'public' && p.tags.includes(tag.toLowerCase()),
		),
	);
}

function accountStatuses(peer, request, id) {
	return listAnswer(
		peer,
		request,
		peer.posts.filter((p) => !p.deleted && p.account.id === id),
	);
}

function searchStatuses(peer, request) {
	const words = (request.query.get('q') ?? '').toLowerCase().match(/"[^"]*"|\S+/g) ?? [];
	const hit = (p) => words.every((word) => p.text.toLowerCase().includes(word.replace(/"/g, '')));
	const found = peer.posts.filter((p) => !p.deleted && hit(p));
	const offset = Number(request.query.get('offset') ?? 0) || 0;
	const rows = peer.page(offset ? found.slice(0, -offset) : found, request.query, (p) => p.id);
	return { status: 200, json: { accounts: [], statuses: rows.map((p) => peer.statusJson(p)), hashtags: [] } };
}

function mentionList(peer, request) {
	const rows = peer.page(
		peer.notifications.filter((n) => !n.post.deleted),
		request.query,
		(n) => n.id,
	);
	const json = rows.map((n) => ({
		id: n.id,
		type: 'mention',
		created_at: n.post.createdAt.toISOString(),
		account: peer.accountJson(n.post.account),
		status: peer.statusJson(n.post),
	}));
	return {
		status: 200,
		json,
		headers: peer.linkHeader(
			request.pathname,
			request.query,
			rows.map((n) => n.id),
		),
	};
}

function oneStatus(peer, request, id) {
	const post = peer.posts.find((p) => p.id === id && !p.deleted);
	return post
		? { status: 200, json: peer.statusJson(post) }
		: { status: 404, json: { error: 'Record not found' } };
}

function statusContext(peer, request, id) {
	const post = peer.posts.find((p) => p.id === id && !p.deleted);
	if (!post) return { status: 404, json: { error: 'Record not found' } };
	const descendants = [];
	for (let wave = [post]; wave.length > 0;) {
		wave = wave.flatMap((p) => peer.repliesTo(p));
		descendants.push(...wave);
	}
	const ancestors = [];
	for (let up = post.inReplyTo; up; up = ancestors[0]?.inReplyTo) {
		const parent = peer.posts.find((p) => p.id === up && !p.deleted);
		if (!parent) break;
		ancestors.unshift(parent);
	}
	const show = (list) => list.map((p) => peer.statusJson(p));
	return { status: 200, json: { ancestors: show(ancestors), descendants: show(descendants) } };
}

function formOf(request) {
	if ((request.headers['content-type'] ?? '').includes('json')) return JSON.parse(request.body || '{}');
	return Object.fromEntries(new URLSearchParams(request.body));
}

function refuse(error) {
	return { status: 422, json: { error } };
}

function postStatus(peer, request) {
	const form = formOf(request);
	const key = request.headers['idempotency-key'];
	if (key && peer.remembersKeys && peer.keys.has(key))
		return { status: 200, json: peer.statusJson(peer.keys.get(key)) };
	if (!form.status) return refuse("Validation failed: Text can't be blank");
	if (countCharacters(form.status) > peer.limit)
		return refuse(`Validation failed: Text character limit of ${peer.limit} exceeded`);
	if (form.in_reply_to_id && !peer.posts.some((p) => p.id === form.in_reply_to_id && !p.deleted))
		return {
			status: 404,
			json: { error: 'The post you are trying to reply to does not appear to exist' },
		};
	const post = peer.add({
		acct: peer.own.acct,
		text: form.status,
		inReplyTo: form.in_reply_to_id || null,
		lang: form.language ?? null,
		visibility: form.visibility ?? 'public',
	});
	if (key) peer.keys.set(key, post);
	peer.replies.push({
		id: post.id,
		text: form.status,
		inReplyTo: form.in_reply_to_id || null,
		key: key ?? null,
		language: form.language ?? null,
		visibility: form.visibility ?? null,
		at: Date.now(),
	});
	return { status: 200, json: peer.statusJson(post) };
}

/* Addresses count 23, the host of a mention counts nothing. */
function countCharacters(text) {
	return [...text.replace(/https?:\/\/\S+/g, 'x'.repeat(23)).replace(/(@[\w.]+)@[\w.-]+/g, '$1')].length;
}

function instanceV2(peer) {
	return {
		status: 200,
		json: {
			domain: new URL(peer.url).host,
			title: 'Test',
			version: '4.5.0',
			description: '',
			languages: ['en'],
			configuration: {
				urls: {},
				statuses: {
					max_characters: peer.limit,
					max_media_attachments: 4,
					characters_reserved_per_url: 23,
				},
			},
			registrations: { enabled: false },
			rules: [],
		},
	};
}

function instanceV1(peer) {
	return {
		status: 200,
		json: {
			uri: new URL(peer.url).host,
			title: 'Test',
			version: '4.5.0',
			max_toot_chars: peer.limit,
			configuration: { statuses: { max_characters: peer.limit, characters_reserved_per_url: 23 } },
		},
	};
}

const ROUTES = [
	['GET', /^\/api\/v1\/timelines\/tag\/([^/]+)$/, false, tagTimeline],
	['GET', /^\/api\/v2\/search$/, true, searchStatuses],
	['GET', /^\/api\/v1\/notifications$/, true, mentionList],
	['GET', /^\/api\/v2\/instance$/, false, instanceV2],
	['GET', /^\/api\/v1\/instance$/, false, instanceV1],
	[
		'GET',
		/^\/api\/v1\/accounts\/verify_credentials$/,
		true,
		(peer) => ({ status: 200, json: peer.accountJson(peer.own) }),
	],
	['GET', /^\/api\/v1\/accounts\/([^/]+)\/statuses$/, false, accountStatuses],
	['POST', /^\/api\/v1\/statuses$/, true, postStatus],
	['GET', /^\/api\/v1\/statuses\/([^/]+)\/context$/, false, statusContext],
	['GET', /^\/api\/v1\/statuses\/([^/]+)$/, false, oneStatus],
];

/* ---- faults ---- */

function matches(fault, request) {
	if (fault.method && fault.method !== request.method) return false;
	if (
		fault.path instanceof RegExp
			? !fault.path.test(request.pathname)
			: fault.path && !request.pathname.includes(fault.path)
	)
		return false;
	return !fault.when || fault.when(request);
}

function send(response, status, headers, body) {
	const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
	response.writeHead(status, {
		'Content-Type': 'application/json; charset=utf-8',
		...headers,
		'Content-Length': bytes.length,
	});
	return response.end(bytes);
}

function rightBody(peer, request) {
	const answer = peer.answer(request);
	request.status = answer.status;
	return { answer, text: JSON.stringify(answer.json) };
}

/* Announces all of `bytes`, sends `sent` of them, hangs up. */
function sendCut(response, status, bytes, sent) {
	response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
	response.write(bytes.subarray(0, sent), () => setTimeout(() => response.destroy(), 5));
}

/* A body of `size` bytes, never held in memory at once; request.sent tells how much of it the client took. */
function sendHuge(request, response, size) {
	const { socket } = response;
	const before = socket.bytesWritten;
	socket.on('close', () => (request.sent = socket.bytesWritten - before));
	const chunk = Buffer.alloc(1 << 16, ' ');
	response.writeHead(200, { 'Content-Type': 'application/json' });
	response.write('[');
	let left = size;
	const pump = () => {
		while (left > 0 && !response.destroyed) {
			left -= chunk.length;
			if (!response.write(chunk)) return response.once('drain', pump);
		}
		return response.end(']');
	};
	pump();
}

async function sendDrip(response, bytes, fault) {
	response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
	const step = fault.bytes ?? Math.max(1, Math.ceil(bytes.length / 40));
	for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
		response.write(bytes.subarray(at, at + step));
		await new Promise((resolve) => setTimeout(resolve, fault.everyMs ?? 10));
	}
	response.end();
}

/* The right answer with bytes that are no UTF-8 put before the end of every post's text. */
function spoilUtf8(text) {
	const parts = text.split('</p>"');
	const bad = Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80]);
	return Buffer.concat(
		parts.flatMap((part, i) => (i === 0 ? [Buffer.from(part)] : [bad, Buffer.from('</p>"' + part)])),
	);
}

function doubled(json) {
	if (Array.isArray(json)) return json.flatMap((item) => [item, item]);
	return json.statuses ? { ...json, statuses: doubled(json.statuses) } : json;
}

const FAULTS = {
	/* { status, retryAfter (seconds or date), reset (ISO or seconds from now), headers, body } */
	status(peer, fault, request, response) {
		const headers = { ...fault.headers };
		if (fault.retryAfter !== undefined) headers['Retry-After'] = String(fault.retryAfter);
		if (fault.reset !== undefined) {
			headers['X-RateLimit-Limit'] = '300';
			headers['X-RateLimit-Remaining'] = '0';
			headers['X-RateLimit-Reset'] =
				typeof fault.reset === 'number'
					? new Date(Date.now() + fault.reset * 1000).toISOString()
					: fault.reset;
		}
		request.status = fault.status;
		send(
			response,
			fault.status,
			headers,
			fault.body ?? JSON.stringify({ error: `scripted ${fault.status}` }),
		);
	},
	/* { bytes }: that much of the right answer (default half), then the connection ends */
	cut(peer, fault, request, response) {
		const bytes = Buffer.from(rightBody(peer, request).text);
		sendCut(response, 200, bytes, fault.bytes ?? bytes.length >> 1);
	},
	/* { bytes, everyMs }: the right answer in small pieces */
	drip: (peer, fault, request, response) =>
		sendDrip(response, Buffer.from(rightBody(peer, request).text), fault),
	/* { size }: blanks in brackets, 50 MB unless told */
	huge: (peer, fault, request, response) => sendHuge(request, response, fault.size ?? 50 << 20),
	/* { size }: the same, compressed to a thousandth */
	bomb(peer, fault, request, response) {
		const packed = gzipSync(Buffer.alloc(fault.size ?? 64 << 20, ' '));
		send(response, 200, { 'Content-Encoding': 'gzip' }, packed);
	},
	/* the right answer, honestly compressed */
	gzip: (peer, fault, request, response) =>
		send(response, 200, { 'Content-Encoding': 'gzip' }, gzipSync(rightBody(peer, request).text)),
	'bad-utf8': (peer, fault, request, response) =>
		send(response, 200, {}, spoilUtf8(rightBody(peer, request).text)),
	/* every post twice in the page */
	duplicates(peer, fault, request, response) {
		const { answer } = rightBody(peer, request);
		send(response, 200, answer.headers ?? {}, JSON.stringify(doubled(answer.json)));
	},
	/* { body, headers }: something else altogether */
	body: (peer, fault, request, response) =>
		send(response, fault.status ?? 200, fault.headers ?? {}, fault.body),
	/* { location, status } */
	redirect: (peer, fault, request, response) =>
		send(response, fault.status ?? 302, { Location: fault.location }, ''),
	/* does what was asked, then hangs up without a word: the answer is lost */
	lost(peer, fault, request, response) {
		rightBody(peer, request);
		response.destroy();
	},
	/* does what was asked, but what it says about it cannot be read */
	garbled(peer, fault, request, response) {
		rightBody(peer, request);
		send(response, 200, {}, fault.body ?? '<html>200 OK');
	},
	/* hangs up before doing anything */
	refuse: (peer, fault, request, response) => response.destroy(),
	/* never answers */
	hang: () => undefined,
	/* { ms }: the right answer, late */
	delay(peer, fault, request, response) {
		setTimeout(() => peer.sendAnswer(response, request, peer.answer(request)), fault.ms ?? 100);
	},
	/* { ms }: does what was asked at once, answers late */
	slow(peer, fault, request, response) {
		const answer = peer.answer(request);
		setTimeout(() => peer.sendAnswer(response, request, answer), fault.ms ?? 100);
	},
};

/* ---- control over HTTP, for programs that are not JavaScript ---- */

function script(peer, order) {
	const orders = {
		add: () => ({ id: peer.add(order).id }),
		edit: () => peer.edit(order.id, order.text),
		delete: () => peer.remove(order.id),
		fault: () => void peer.fault(order),
		token: () => void (peer.token = order.token),
		requests: () =>
			peer.requests.map(({ method, path, headers, body, status }) => ({
				method,
				path,
				headers,
				body,
				status,
			})),
		replies: () => peer.replies,
		clear: () => peer.clear(),
	};
	if (!orders[order.do]) return { error: `unknown order ${order.do}` };
	return { result: orders[order.do]() ?? null };
}

function readBody(incoming) {
	return new Promise((resolve, reject) => {
		const parts = [];
		incoming.on('data', (part) => parts.push(part));
		incoming.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
		incoming.on('error', reject);
	});
}

export async function startMastodon(options = {}) {
	const peer = new Peer(options);
	peer.server = http.createServer(async (incoming, response) => {
		response.on('error', () => undefined); /* the client went away: its business */
		try {
			const url = new URL(incoming.url, 'http://127.0.0.1');
			const request = {
				at: Date.now(),
				method: incoming.method,
				path: incoming.url,
				pathname: url.pathname,
				query: url.searchParams,
				headers: incoming.headers,
				body: await readBody(incoming),
				status: null,
				fault: null,
			};
			await peer.serve(request, response);
		} catch (error) {
			if (!response.headersSent)
				send(response, 500, {}, JSON.stringify({ error: `test server: ${error.message}` }));
		}
	});
	peer.server.on('connection', (socket) => {
		peer.sockets.add(socket);
		socket.on('close', () => peer.sockets.delete(socket));
	});
	await new Promise((resolve, reject) => {
		peer.server.once('error', reject);
		peer.server.listen(options.port ?? 0, '127.0.0.1', resolve);
	});
	peer.port = peer.server.address().port;
	peer.url = `http://127.0.0.1:${peer.port}`;
	return peer;
}

async function main(argv) {
	const option = (name) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
	const peer = await startMastodon({
		flavour: option('--flavour'),
		port: Number(option('--port') ?? 0),
		token: option('--token'),
	});
	process.stdout.write(`ready ${peer.url}\n`);
	process.on('SIGTERM', async () => {
		await peer.close();
		process.exit(0);
	});
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
