/*
 * The real program, started in a folder of its own with a written amends.yaml, for end-to-end tests.
 *
 *     await withProgram({ peers: [{ flavour: 'flake' }] }, async ({ program, peers: [peer] }) => {
 *         peer.add({ text: 'My parcel never arrived #acme' });
 *         await program.start();
 *         await program.until(async () => (await program.complaints()).length === 1, 'the complaint');
 *     });
 *
 * AMENDS_BIN names the program (default build/asan/amends). Nothing here sleeps for a fixed time: everything waits for
 * something to become true, up to a deadline. Every end of the program is checked for its exit code and for a
 * sanitizer's report. AMENDS_KEEP=1 keeps the folders.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startMastodon } from '../peer/mastodon.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BINARY = path.resolve(process.env.AMENDS_BIN ?? path.join(ROOT, 'build/asan/amends'));
/* Deadlines are for machines that are slow, not for a normal run. */
export const PATIENCE_MS = Number(process.env.AMENDS_PATIENCE_MS ?? 120000);

/* A test that failed may leave something open; the file's run ends all the same, and with its own exit code. */
after(() => setTimeout(() => process.exit(), 5000).unref());

const SANITIZER = /(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:/;
const TOKEN_VARIABLE = 'AMENDS_TEST_TOKEN';

export function sleep(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/* Resolves with the first true answer of `test`, which may be asynchronous. */
export async function until(test, what, { timeoutMs = PATIENCE_MS, everyMs = 50 } = {}) {
	const end = Date.now() + timeoutMs;
	for (;;) {
		const result = await test();
		if (result) return result;
		if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
		await sleep(everyMs);
	}
}

/* A source of `peer`; with a token it can reply. */
export function tagSource(peer, more = {}) {
	return {
		platform: 'mastodon',
		server: peer.url,
		hashtag: 'acme',
		every: '1s',
		token_env: TOKEN_VARIABLE,
		...more,
	};
}

export function configFor(sources, more = {}) {
	return {
		store: 'amends.db',
		desk: { port: 0, undo: 0 },
		brands: [
			{
				name: 'Acme',
				names: ['Acme'],
				handles: ['acme'],
				hashtags: ['acme'],
				signature: 'Maya at Acme',
			},
		],
		sources,
		...more,
	};
}

export class Program {
	constructor(config, { token = 'secret-token' } = {}) {
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'amends-e2e-'));
		this.env = {
			...process.env,
			[TOKEN_VARIABLE]: token,
			NO_COLOR: '1',
			TZ: 'UTC',
			ASAN_OPTIONS: 'detect_leaks=1:exitcode=99',
			UBSAN_OPTIONS: 'print_stacktrace=1',
		};
		this.log = '';
		this.child = null;
		if (config) this.configure(config);
	}

	path(name) {
		return path.join(this.dir, name);
	}

	write(name, text) {
		fs.writeFileSync(this.path(name), text);
		return this.path(name);
	}

	/* A file that only its owner can read. */
	writeSecret(name, text) {
		fs.writeFileSync(this.path(name), text, { mode: 0o600 });
	}

	/* JSON is YAML too; a text is written as it stands. */
	configure(config) {
		this.write(
			'amends.yaml',
			typeof config === 'string' ? config : JSON.stringify(config, null, 2) + '\n',
		);
	}

	/* ---- one command, run to its end ---- */

	spawn(args, stdio) {
		return spawn(BINARY, args, { cwd: this.dir, env: this.env, stdio });
	}

	/* { code, signal, stdout, stderr }; fails on a sanitizer's report, and on another exit code than `expect` (null: any). */
	async run(args, { input, expect = 0, timeoutMs = PATIENCE_MS } = {}) {
		const child = this.spawn(args, [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']);
		const out = { stdout: '', stderr: '' };
		child.stdout.setEncoding('utf8').on('data', (part) => (out.stdout += part));
		child.stderr.setEncoding('utf8').on('data', (part) => (out.stderr += part));
		if (input !== undefined) {
			child.stdin.on('error', () => undefined); /* it may stop reading early */
			child.stdin.end(input);
		}
		const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
		const [code, signal] = await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', (...end) => resolve(end));
		});
		clearTimeout(timer);
		const name = `amends ${args.join(' ')}`;
		assert.ok(!SANITIZER.test(out.stderr), `${name}:\n${out.stderr}`);
		assert.notEqual(signal, 'SIGKILL', `${name} did not end within ${timeoutMs} ms`);
		if (expect !== null)
			assert.equal(code, expect, `${name}: exit ${code ?? signal}\n${out.stderr.slice(-3000)}`);
		return { code, signal, ...out };
	}

	async json(args) {
		const { stdout } = await this.run(args);
		return JSON.parse(stdout);
	}

	/* ---- the running program ---- */

	/* Starts `amends run` (or another command that stays); resolves when the line for `ready` was written. */
	async start({ command = ['run'], ready = /http:\/\/127\.0\.0\.1:\d+/ } = {}) {
		assert.equal(this.child, null, 'already running');
		this.startLog = this.log.length;
		this.child = this.spawn(command, ['ignore', 'pipe', 'pipe']);
		this.ended = null;
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.setEncoding('utf8').on('data', (part) => (this.log += part));
		this.child.on('close', (code, signal) => (this.ended = { code, signal }));
		this.child.on('error', (error) => (this.ended = { code: null, signal: String(error) }));
		await until(
			() => {
				assert.equal(
					this.ended,
					null,
					`amends ${command.join(' ')} ended at once:\n${this.tail()}`,
				);
				return ready.test(this.since());
			},
			`amends ${command.join(' ')} to be ready`,
			{ everyMs: 10 },
		);
		this.url = this.since().match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
	}

	/* What it has said since it was last started. */
	since() {
		return this.log.slice(this.startLog);
	}

	tail() {
		return this.log.slice(-4000);
	}

	/* The link that makes the first account. */
	firstLink() {
		return until(
			() => this.since().match(/http:\/\/127\.0\.0\.1:\d+\/\S*(?:token|first|start)\S*/)?.[0],
			'the first link',
		);
	}

	signal(name) {
		this.child.kill(name);
	}

	/* Asks it to stop, as a service manager would; it must end with 0 and without a sanitizer's report. */
	async stop({ timeoutMs = PATIENCE_MS } = {}) {
		this.child.kill('SIGTERM');
		await this.end(timeoutMs);
		assert.deepEqual(this.ended, { code: 0, signal: null }, `after SIGTERM:\n${this.tail()}`);
		assert.ok(!SANITIZER.test(this.log), this.tail());
		this.child = null;
	}

	/* The worst end: the process and, with it, whatever half it was in the middle of. */
	async kill() {
		for (const pid of [this.child.pid, ...descendants(this.child.pid)])
			try {
				process.kill(pid, 'SIGKILL');
			} catch (error) {
				assert.equal(error.code, 'ESRCH');
			}
		await this.end(PATIENCE_MS);
		assert.ok(!SANITIZER.test(this.log), this.tail());
		this.child = null;
	}

	end(timeoutMs) {
		return until(() => this.ended, `the program to end\n${this.tail()}`, { timeoutMs, everyMs: 5 });
	}

	async until(test, what, options) {
		return until(
			async () => {
				if (this.child)
					assert.equal(
						this.ended,
						null,
						`the program ended while waiting for ${what}:\n${this.tail()}`,
					);
				return test();
			},
			what,
			{ everyMs: 100, ...options },
		);
	}

	async close() {
		if (this.child && !this.ended) await this.kill().catch(() => undefined);
		if (!process.env.AMENDS_KEEP) fs.rmSync(this.dir, { recursive: true, force: true });
	}

	/* ---- what is in its store, asked of the program itself ---- */

	/* All complaints, in every state, as `amends queue list --json` gives them. */
	async complaints() {
		const answer = await this.json(['queue', 'list', '--json', '--state', 'all', '--limit', '500']);
		return Array.isArray(answer) ? answer : answer.complaints;
	}

	show(id) {
		return this.json(['queue', 'show', String(id), '--json']);
	}

	/* Approves the very draft that `row` (of complaints()) shows. */
	approve(row, options) {
		return this.run(['queue', 'approve', String(row.id), '--hash', row.draft_hash], options);
	}

	/* Waits until there are at least `count` complaints. */
	async untilComplaints(count, options) {
		let rows = [];
		try {
			return await this.until(
				async () => {
					rows = await this.complaints();
					return rows.length >= count && rows;
				},
				`${count} complaints`,
				options,
			);
		} catch (error) {
			error.message += `; there are ${rows.length}`;
			throw error;
		}
	}
}

/* Children and their children, from /proc: the program's other half. */
function descendants(pid) {
	let children;
	try {
		children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
	} catch {
		return [];
	}
	return children
		.split(' ')
		.filter(Boolean)
		.map(Number)
		.flatMap((child) => [...descendants(child), child]);
}

/*
 * Peers, a program configured with one hashtag source for each (or `config(peers)`), the body, and the sweeping up.
 * A failure is reported with the end of the program's log.
 */
export async function withProgram({ peers: wanted = [{}], config, token } = {}, body) {
	const peers = [];
	let program;
	try {
		for (const options of wanted) peers.push(await startMastodon(options));
		program = new Program(config ? config(peers) : configFor(peers.map((peer) => tagSource(peer))), {
			token,
		});
		await body({ program, peers, peer: peers[0] });
		if (program.child) await program.stop();
	} catch (error) {
		if (program?.log) error.message += `\n--- the program's log ends:\n${program.tail()}`;
		throw error;
	} finally {
		await program?.close();
		for (const peer of peers) await peer.close();
	}
}

/* A complaint nobody can mistake, by the `number`th customer. */
export function complaintText(number) {
	const matters = [
		'my parcel has still not arrived after three weeks, where is it? Please fix this',
		'you charged me twice for the same order, please refund me',
		'the kettle I ordered arrived broken, I want a replacement',
		'nobody answers my emails about my refund, please help',
	];
	return `#acme ${matters[number % matters.length]} (order ${1000 + number})`;
}

export function addComplaints(peer, from, count) {
	return Array.from({ length: count }, (_, i) =>
		peer.add({
			acct: `customer${from + i}@far.example`,
			text: complaintText(from + i),
			at: Date.now() - (count - i) * 1000,
		}),
	);
}

/* Each of these posts is in the store, once: a complaint of its own author, with one post. */
export function assertEachOnce(posts, rows) {
	const stored = new Map();
	for (const row of rows) {
		const handle = row.author.handle ?? row.author;
		assert.ok(!stored.has(handle), `${handle} has two complaints`);
		stored.set(handle, row);
	}
	const missing = posts.filter((post) => !stored.has(post.account.acct)).map((post) => post.text);
	assert.deepEqual(missing, [], `${missing.length} of ${posts.length} posts are missing`);
	for (const post of posts)
		assert.equal(stored.get(post.account.acct).posts, 1, `${post.account.acct}: stored more than once`);
	assert.equal(stored.size, posts.length);
}
