/*
 * routes.mjs - the API that the scripted server answers: method, path, whether a token is needed, and what does it:
 * handler(peer, request, captured part of the path), answering { status, json, headers }.
 */
import { countCharacters } from './text.mjs';

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

export const ROUTES = [
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
