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
import { pathToFileURL } from 'node:url';
import { FAULTS, matches, send } from './faults.mjs';
import { ROUTES } from './routes.mjs';
import { hashtagsOf, mentionsOf, textToHtml } from './text.mjs';

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
	 * RegExp) and `when(request)`. Kinds: see faults.mjs. Returns the fault; `fault.left` counts down.
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
