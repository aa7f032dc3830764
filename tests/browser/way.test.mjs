/*
 * The whole way, as a person goes it: from the first-start link to an account, a post that arrives while the queue is
 * on screen, its evidence, a changed draft, the approval, and the very text at the customer's server. Once with
 * JavaScript and once without. What strangers write is hostile and must stay text.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { complaintText, withProgram } from '../e2e/program.mjs';
import { firstAccount, signIn, withBrowser } from './harness.mjs';

const MATTER = 'My parcel never arrived, order 4711 was promised for Monday. Where is it? Please help #acme';
const ANSWER =
	'@ada@far.example We are sorry that your parcel is late. It is found & will be with you on Monday. Maya at Acme';

async function inBrowser(body) {
	await withProgram({}, (things) =>
		withBrowser(async (browser) => {
			await things.program.start();
			await body({ ...things, browser, link: await things.program.firstLink() });
		}),
	);
}

/* Signed in, with the queue on screen. */
async function atTheQueue({ browser, link }, options) {
	const page = await browser.open(options);
	await page.goto(link);
	await browser.check(page, `first-${page.scripted ? 'js' : 'nojs'}`);
	await firstAccount(page, link);
	return page;
}

test('with JavaScript: the post arrives by itself, and what was approved is what the customer gets', () =>
	inBrowser(async ({ program, peer, browser, link }) => {
		const page = await atTheQueue({ browser, link });
		await page.locator('html[data-live=on]').waitFor({ state: 'attached' });
		await browser.check(page, 'queue-empty');
		await page.evaluate(() => (window.notReloaded = true));
		const post = peer.add({ acct: 'ada@far.example', name: 'Ada', text: MATTER });
		await page.locator('.row', { hasText: 'My parcel never arrived' }).waitFor();
		assert.equal(await page.evaluate(() => window.notReloaded), true, 'the row came without a reload');
		await browser.check(page, 'queue');

		await page.locator('.row .row-link').click();
		assert.match(await page.locator('h1').textContent(), /Ada|ada/);
		assert.equal((await page.locator('article.post .text').first().textContent()).trim(), MATTER);
		assert.ok((await page.locator('article.post mark').count()) > 0, 'evidence is marked in the text');
		const marked = await page.locator('article.post mark').allTextContents();
		assert.ok(marked.every((words) => MATTER.includes(words)));
		await browser.check(page, 'complaint');

		const before = await page.locator('#length').textContent();
		await page.locator('textarea[name=text]').fill(ANSWER);
		await page.waitForFunction((was) => document.querySelector('#length').textContent !== was, before);
		const shown = Number((await page.locator('#length').textContent()).match(/\d+/)[0]);
		assert.equal(
			shown,
			[...ANSWER].length - '@far.example'.length,
			'as the platform counts: without the host',
		);
		await browser.check(page, 'complaint-edited');
		await page.locator('#approve').click();
		await page.waitForURL(/\/complaints\/\d+/);
		await peer.until(() => peer.replies.length > 0, 'the reply');
		assert.deepEqual(
			peer.replies.map((r) => [r.text, r.inReplyTo]),
			[[ANSWER, post.id]],
		);
		await page.locator('.state-replied').first().waitFor();
		await browser.check(page, 'complaint-replied');

		await page.goto(`${program.url}/sources`);
		await browser.check(page, 'sources');
		assert.equal(peer.replies.length, 1);
	}));

test('without JavaScript: reading, changing, checking and approving work', () =>
	inBrowser(async ({ program, peer, browser, link }) => {
		const page = await atTheQueue({ browser, link }, { javaScriptEnabled: false });
		const post = peer.add({ acct: 'ada@far.example', name: 'Ada', text: MATTER });
		await program.untilComplaints(1);
		await page.goto(program.url);
		await browser.check(page, 'queue-nojs');
		await page.locator('.row .row-link').click();
		assert.ok((await page.locator('article.post mark').count()) > 0, 'evidence is marked in the text');

		const area = page.locator('textarea[name=text]');
		await area.fill('@ada@far.example ' + 'too long '.repeat(80));
		await page.getByRole('button', { name: 'Check' }).click();
		assert.match(await page.locator('#length').textContent(), /too long/);
		await browser.check(page, 'complaint-nojs-too-long');
		await area.fill(ANSWER);
		await page.getByRole('button', { name: 'Save draft' }).click();
		assert.equal(await area.inputValue(), ANSWER);
		await page.locator('#approve').click();
		await peer.until(() => peer.replies.length > 0, 'the reply');
		assert.deepEqual(
			peer.replies.map((r) => [r.text, r.inReplyTo]),
			[[ANSWER, post.id]],
		);
		await program.until(
			async () => (await program.complaints())[0].state === 'replied',
			'the state replied',
		);
		await page.reload();
		assert.ok((await page.locator('.state-replied').count()) > 0);
		await browser.check(page, 'complaint-nojs-replied');
	}));

const HOSTILE = [
	'<script>document.title = "owned"</script>',
	'<img src=x onerror="document.title = \'owned\'">',
	'"><svg onload=alert(1)>',
	'{{page.csrf}} {{{page.csrf}}} {{#complaints}}',
	'javascript:alert(1)',
	'</textarea><script>alert(1)</script>',
	'\u202eevil \u0000 &lt;b&gt; &amp;',
];

test('hostile posts, names and links stay text on every page', () =>
	inBrowser(async ({ program, peer, browser, link }) => {
		const page = await atTheQueue({ browser, link });
		for (const [i, text] of HOSTILE.entries())
			peer.add({
				acct: `customer${i}@far.example`,
				name: text,
				text: `${complaintText(i)} ${text}`,
			});
		const rows = await program.untilComplaints(HOSTILE.length);
		await page.goto(program.url);
		await page
			.locator('.row')
			.nth(HOSTILE.length - 1)
			.waitFor();
		assert.equal((await page.title()) === 'owned', false);
		await browser.check(page, 'queue-hostile');
		const turned = await page.locator('.row-who').evaluateAll(
			(lines) =>
				lines.filter((line) => {
					const [name, rest] = [...line.children].map((part) =>
						part.getBoundingClientRect(),
					);
					return name.left > rest.left;
				}).length,
		);
		assert.equal(turned, 0, 'a name turns the words beside it around');
		for (const row of rows) {
			await page.goto(`${program.url}/complaints/${row.id}`);
			assert.equal(
				(await page.locator('article.post .text').first().textContent()).trim(),
				row.text.trim(),
			);
			assert.equal(
				await page.locator('article.post script, article.post img, article.post svg').count(),
				0,
			);
			assert.notEqual(await page.title(), 'owned');
		}
		await browser.check(page, 'complaint-hostile');
		const search = `${program.url}/?q=${encodeURIComponent('"><script>document.title="owned"</script>')}`;
		await page.goto(search);
		assert.notEqual(await page.title(), 'owned');
		assert.equal(
			await page.locator('input[name=q]').inputValue(),
			'"><script>document.title="owned"</script>',
		);
	}));

test('the first link works once, and nothing is served to strangers', () =>
	inBrowser(async ({ program, browser, link }) => {
		const page = await atTheQueue({ browser, link });
		const stranger = await browser.open();
		await stranger.goto(`${program.url}/`);
		assert.match(stranger.url(), /\/signin/);
		await browser.check(stranger, 'signin');
		await stranger.goto(link);
		assert.equal(await stranger.locator('input[name=again]').count(), 0, 'the link is used up');
		await stranger.goto(`${program.url}/signin`);
		await stranger.locator('input[name=name]').fill('maya');
		await stranger.locator('input[name=password]').fill('wrong horse battery');
		await stranger.locator('main button').first().click();
		assert.ok((await stranger.locator('[role=alert]').count()) > 0);
		await browser.check(stranger, 'signin-wrong');
		await signIn(stranger);
		assert.equal(new URL(stranger.url()).pathname, '/');
		await page.goto(`${program.url}/complaints/999999`);
		await browser.check(page, 'not-found');
	}));

test('two people cannot approve two texts: the second is told', () =>
	inBrowser(async ({ program, peer, browser, link }) => {
		peer.add({ acct: 'ada@far.example', text: MATTER });
		const [row] = await program.untilComplaints(1);
		const first = await atTheQueue({ browser, link });
		const second = await browser.open({ javaScriptEnabled: false });
		await second.goto(`${program.url}/signin`);
		await signIn(second);
		for (const page of [first, second]) await page.goto(`${program.url}/complaints/${row.id}`);
		await first.locator('textarea[name=text]').fill(ANSWER);
		await first.locator('#approve').click();
		await peer.until(() => peer.replies.length > 0, 'the reply');
		await second.locator('textarea[name=text]').fill('@ada@far.example Another answer');
		await second.locator('#approve').click();
		assert.ok((await second.locator('[role=alert]').count()) > 0, 'the second is told');
		await browser.check(second, 'conflict');
		assert.deepEqual(
			peer.replies.map((r) => r.text),
			[ANSWER],
		);
	}));
