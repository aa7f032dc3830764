/*
 * faults.mjs - everything that can go wrong with an answer: FAULTS[kind](peer, fault, request, response).
 */
import { gzipSync } from 'node:zlib';

export function matches(fault, request) {
	if (fault.method && fault.method !== request.method) return false;
	if (
		fault.path instanceof RegExp
			? !fault.path.test(request.pathname)
			: fault.path && !request.pathname.includes(fault.path)
	)
		return false;
	return !fault.when || fault.when(request);
}

export function send(response, status, headers, body) {
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

export const FAULTS = {
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
	/* { ms: a number or a function }: does what was asked at once, answers late */
	slow(peer, fault, request, response) {
		const answer = peer.answer(request);
		const ms = typeof fault.ms === 'function' ? fault.ms() : (fault.ms ?? 100);
		setTimeout(() => peer.sendAnswer(response, request, answer), ms);
	},
};
