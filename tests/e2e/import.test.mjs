/*
 * `amends import` and the Unix filter `amends classify`: files of posts, good and bad.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Program, complaintText, configFor } from './program.mjs';

function post(number, more = {}) {
	return {
		id: `p${number}`,
		platform: 'forum',
		text: complaintText(number),
		lang: 'en',
		created_at: '2026-11-01T10:00:00Z',
		author: { id: `u${number}`, handle: `customer${number}` },
		...more,
	};
}

function jsonl(count, from = 0) {
	return Array.from({ length: count }, (_, i) => JSON.stringify(post(from + i)) + '\n').join('');
}

async function inFolder(body, config = configFor([])) {
	const program = new Program(config);
	try {
		await body(program);
	} finally {
		await program.close();
	}
}

/* The last line says { read, new, known, bad }. */
function summary({ stdout, stderr }) {
	const found = [...(stdout + '\n' + stderr).matchAll(/read (\d+) new (\d+) known (\d+) bad (\d+)/g)].at(-1);
	assert.ok(found, `no summary line in:\n${stdout}${stderr}`);
	const [read, fresh, known, bad] = found.slice(1).map(Number);
	return { read, new: fresh, known, bad };
}

test('a JSON lines file is imported, and a second time adds nothing', () =>
	inFolder(async (program) => {
		program.write('posts.jsonl', jsonl(60));
		assert.deepEqual(summary(await program.run(['import', 'posts.jsonl'])), {
			read: 60,
			new: 60,
			known: 0,
			bad: 0,
		});
		assert.deepEqual(summary(await program.run(['import', 'posts.jsonl'])), {
			read: 60,
			new: 0,
			known: 60,
			bad: 0,
		});
		const rows = await program.complaints();
		assert.equal(rows.length, 60);
		assert.ok(rows.every((row) => row.posts === 1));
	}));

test('a CSV file is imported by its header, or by --map', () =>
	inFolder(async (program) => {
		program.write(
			'plain.csv',
			'id,platform,text,author\r\n' +
				'1,forum,"My parcel, the ""express"" one,\nnever arrived. Please help",ada\r\n2,forum,You charged me twice: refund me,bo\r\n',
		);
		assert.deepEqual(summary(await program.run(['import', 'plain.csv'])), {
			read: 2,
			new: 2,
			known: 0,
			bad: 0,
		});
		program.write('odd.csv', 'Nr,Comment,Who\n7,My kettle arrived broken and I want a replacement,cy\n');
		const mapped = await program.run(['import', '--map', 'id=Nr,text=Comment,author=Who', 'odd.csv'], {
			expect: null,
		});
		assert.deepEqual(summary(mapped), { read: 1, new: 1, known: 0, bad: 0 });
		const texts = (await program.complaints()).map((row) => row.text);
		assert.ok(
			texts.includes('My parcel, the "express" one,\nnever arrived. Please help'),
			texts.join('|'),
		);
		assert.ok(texts.includes('My kettle arrived broken and I want a replacement'));
	}));

test('standard input and a folder are imported', () =>
	inFolder(async (program) => {
		assert.deepEqual(summary(await program.run(['import', '-'], { input: jsonl(3) })), {
			read: 3,
			new: 3,
			known: 0,
			bad: 0,
		});
		fs.mkdirSync(program.path('many'));
		program.write('many/a.jsonl', jsonl(4));
		program.write('many/b.jsonl', jsonl(2, 10));
		program.write('many/notes.md', 'no posts here\n');
		assert.deepEqual(summary(await program.run(['import', 'many'])), {
			read: 6,
			new: 3,
			known: 3,
			bad: 0,
		});
	}));

const BAD_LINES = [
	['no JSON', 'this is no JSON'],
	['cut in the middle', '{"id": "x", "platform": "forum", "te'],
	['no text', JSON.stringify({ id: 'x', platform: 'forum' })],
	['a number for a text', JSON.stringify({ id: 'x', platform: 'forum', text: 7 })],
	['a list', '[1, 2]'],
	[
		'bytes that are no UTF-8',
		Buffer.concat([
			Buffer.from('{"id":"x","platform":"forum","text":"'),
			Buffer.from([0xff, 0xfe]),
			Buffer.from('"}'),
		]),
	],
	[
		'far too deep',
		'{"id":"x","platform":"forum","text":"t","more":' + '['.repeat(5000) + ']'.repeat(5000) + '}',
	],
	['longer than a line may be', '{"id":"x","platform":"forum","text":"' + 'y'.repeat(1500000) + '"}'],
];
for (const [name, line] of BAD_LINES)
	test(`a bad line (${name}) is reported with its number and skipped; --strict stops there`, () =>
		inFolder(async (program) => {
			fs.writeFileSync(
				program.path('posts.jsonl'),
				Buffer.concat([
					Buffer.from(jsonl(2)),
					Buffer.from(line),
					Buffer.from('\n' + jsonl(2, 5)),
				]),
			);
			const loose = await program.run(['import', 'posts.jsonl'], { expect: null });
			assert.deepEqual(summary(loose), { read: 5, new: 4, known: 0, bad: 1 });
			assert.match(loose.stderr, /posts\.jsonl:3:/);
			assert.equal((await program.complaints()).length, 4);
			const strict = await program.run(['import', '--strict', 'posts.jsonl'], { expect: null });
			assert.notEqual(strict.code, 0);
			assert.match(strict.stderr, /posts\.jsonl:3:/);
		}));

test('a file without a newline at its end, with blank lines and CRLF is read whole', () =>
	inFolder(async (program) => {
		program.write(
			'posts.jsonl',
			'\ufeff' + jsonl(2).replace(/\n/g, '\r\n') + '\n\n' + jsonl(1, 5).trimEnd(),
		);
		assert.deepEqual(summary(await program.run(['import', 'posts.jsonl'])), {
			read: 3,
			new: 3,
			known: 0,
			bad: 0,
		});
	}));

test('a file that is missing, empty or no posts at all is one clear line', () =>
	inFolder(async (program) => {
		const missing = await program.run(['import', 'nowhere.jsonl'], { expect: null });
		assert.notEqual(missing.code, 0);
		assert.match(missing.stderr, /nowhere\.jsonl/);
		assert.equal(missing.stderr.trim().split('\n').length, 1);
		program.write('empty.jsonl', '');
		assert.deepEqual(summary(await program.run(['import', 'empty.jsonl'], { expect: null })), {
			read: 0,
			new: 0,
			known: 0,
			bad: 0,
		});
		program.write('noise.bin', 'x');
		assert.notEqual((await program.run(['import', 'noise.bin'], { expect: null })).code, 0);
	}));

test('import while the program runs does not disturb it', () =>
	inFolder(async (program) => {
		program.write('posts.jsonl', jsonl(200));
		await program.start();
		await program.run(['import', 'posts.jsonl']);
		assert.equal((await program.complaints()).length, 200);
		await program.stop();
	}));

test('classify gives back every line, in order, with a verdict', () =>
	inFolder(async (program) => {
		const { stdout } = await program.run(['classify'], { input: jsonl(50) });
		const rows = stdout
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line));
		assert.deepEqual(
			rows.map((row) => row.id),
			Array.from({ length: 50 }, (_, i) => `p${i}`),
		);
		for (const row of rows) {
			assert.ok(row.verdict.complaint >= 0 && row.verdict.complaint <= 1);
			const bytes = Buffer.from(row.text);
			for (const hit of row.verdict.hits.filter((h) => h.end > h.start))
				assert.equal(bytes.subarray(hit.start, hit.end).toString(), hit.text);
		}
		assert.ok(!fs.existsSync(path.join(program.dir, 'amends.db')), 'classify needs no database');
	}));

test('explain says class, rules and words of one text', () =>
	inFolder(async (program) => {
		const { stdout } = await program.run(['explain', 'My parcel never arrived, please refund me']);
		assert.match(stdout, /problem/);
		assert.match(stdout, /refund/);
	}));
