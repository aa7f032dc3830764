/*
 * amends.yaml: what is wrong with it is said in one line with file and line number; reloading a bad one keeps the good one.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Program, addComplaints, configFor, tagSource, until, withProgram } from './program.mjs';

const GOOD = `store: amends.db
desk:
  port: 0
brands:
  - name: Acme
    names: [Acme]
sources:
  - platform: mastodon
    server: https://social.example
    hashtag: acme
`;
const BAD = [
	['an unknown key', GOOD.replace('  port: 0', '  prot: 0'), 3],
	['a wrong type', GOOD.replace('port: 0', 'port: many'), 3],
	['a number out of range', GOOD.replace('port: 0', 'port: 70000'), 3],
	['no YAML', GOOD.replace('[Acme]', '[Acme'), null],
	['an unknown platform', GOOD.replace('mastodon', 'mastodont'), 8],
	['a source that asks for nothing', GOOD.replace('    hashtag: acme\n', ''), 8],
	['a key twice', GOOD + 'store: other.db\n', 11],
	['a missing secret file', GOOD + '    token_file: nowhere\n', 11],
	['a secret file that others can read', GOOD + '    token_file: open-secret\n', 11],
	['an unset variable', GOOD + '    token_env: AMENDS_NOT_SET\n', 11],
];
for (const [name, text, line] of BAD)
	test(`${name} stops the start with one line and exit code 2`, async () => {
		const program = new Program(text);
		try {
			program.write('open-secret', 'token\n');
			fs.chmodSync(program.path('open-secret'), 0o644);
			const { stderr } = await program.run(['run'], { expect: 2 });
			assert.equal(stderr.trim().split('\n').length, 1, stderr);
			assert.match(
				stderr,
				line === null ? /amends\.yaml:\d+: / : new RegExp(`amends\\.yaml:${line}: `),
			);
			assert.ok(!fs.existsSync(program.path('amends.db')), 'nothing was created');
		} finally {
			await program.close();
		}
	});

async function reloadAll(how, body) {
	await withProgram(
		{ peers: [{}, {}], config: ([first]) => configFor([tagSource(first)]) },
		async ({ program, peers }) => {
			addComplaints(peers[0], 0, 1);
			await program.start();
			await program.untilComplaints(1);
			await body(program, peers, async () => {
				if (how === 'SIGHUP') program.signal('SIGHUP');
				else await program.run(['reload'], { expect: null });
			});
		},
	);
}

for (const how of ['SIGHUP', 'amends reload'])
	test(`a good new file is taken over by ${how}`, () =>
		reloadAll(how, async (program, [first, second], reload) => {
			program.configure(configFor([tagSource(first), tagSource(second)]));
			await reload();
			addComplaints(second, 1, 2);
			addComplaints(first, 3, 1);
			await program.untilComplaints(4);
		}));

for (const how of ['SIGHUP', 'amends reload'])
	test(`a bad new file is refused by ${how} in a line, and the old one stays`, () =>
		reloadAll(how, async (program, [first], reload) => {
			program.write('amends.yaml', 'brands: oops\n');
			await reload();
			await until(() => /amends\.yaml:1: /.test(program.since()), 'the refusal in the log');
			addComplaints(first, 1, 1);
			/* commands of the terminal read the file too: give it back before asking */
			program.configure(configFor([tagSource(first)]));
			await program.untilComplaints(2);
		}));

test('init writes a file that run accepts', async () => {
	const program = new Program(null);
	try {
		await program.run(['init', '--brand', 'Acme', '--keyword', 'acme']);
		assert.match(fs.readFileSync(program.path('amends.yaml'), 'utf8'), /^#|\n\s*#/, 'commented');
		const again = await program.run(['init', '--brand', 'Acme'], { expect: null });
		assert.notEqual(again.code, 0, 'init does not overwrite');
		await program.run(['queue', 'list']);
	} finally {
		await program.close();
	}
});

test('without a configuration the demonstration starts, and its posts arrive as if live', async () => {
	const program = new Program(null);
	try {
		await program.start({ command: ['run', '--port', '0'] });
		await program.firstLink();
		const count = async () =>
			(
				await program.json([
					'queue',
					'list',
					'--json',
					'--state',
					'all',
					'--limit',
					'500',
					'--store',
					'amends-demo.db',
					'--demo',
				])
			).length;
		const first = await program.until(count, 'the first complaint');
		await program.until(async () => (await count()) > first + 3, 'more complaints');
		await program.stop();
	} finally {
		await program.close();
	}
});

test('unknown commands and options are refused with what was meant', async () => {
	const program = new Program(null);
	try {
		for (const [args, hint] of [
			[['imprt'], /import/],
			[['run', '--confg', 'x'], /config/],
			[['queue', 'aprove'], /approve/],
			[[], /usage/i],
		]) {
			const { stderr } = await program.run(args, { expect: 2 });
			assert.match(stderr, hint);
		}
		for (const args of [['--help'], ['import', '--help'], ['--help-config'], ['--version']])
			assert.ok((await program.run(args)).stdout.length > 10);
	} finally {
		await program.close();
	}
});
