/*
 * The desk's comforts, each as a person meets them: keys, live updates that lose nothing, the count-down and taking back,
 * posting by hand, evidence that lights up, and every page in dark and on a phone. The whole way from post to reply is in
 * way.test.mjs.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { addComplaints, configFor, tagSource, withProgram } from '../e2e/program.mjs';
import { firstAccount, withBrowser } from './harness.mjs';

const UNDO_S = 600; /* long: what is approved must stay takeable back for the whole test */

function slowToSend(peers) {
	return configFor(peers.map((peer) => tagSource(peer)), { desk: { port: 0, undo: UNDO_S } });
}

/* Without a token nothing can be sent: a person posts. */
function withoutToken(peers) {
	return configFor(peers.map((peer) => tagSource(peer, { token_env: undefined })), { desk: { port: 0, undo: 0 } });
}

/* A signed-in page with `count` complaints in the store. */
async function atDesk({ config, count = 1, options } = {}, body) {
	await withProgram({ config }, ({ program, peer }) => withBrowser(async (browser) => {
		addComplaints(peer, 0, count);
		await program.start();
		const link = await program.firstLink();
		const rows = await program.untilComplaints(count);
		const page = await browser.open(options);
		await firstAccount(page, link);
		await body({ program, peer, browser, page, rows });
	}));
}

function live(page) {
	return page.locator('html[data-live=on]').waitFor({ state: 'attached' });
}

test('keys move through the queue, open, edit, leave, and show the help', () => atDesk({ count: 3 }, async ({ page, browser }) => {
	const focused = () => page.evaluate(() => document.activeElement.closest('.row')?.dataset.id ?? document.activeElement.id);
	const ids = await page.locator('.row').evaluateAll((rows) => rows.map((row) => row.dataset.id));
	assert.equal(ids.length, 3);
	for (const [key, want] of [['j', 0], ['j', 1], ['j', 2], ['j', 2], ['k', 1]]) {
		await page.keyboard.press(key);
		assert.equal(await focused(), ids[want], `${key} goes to row ${want}`);
	}
	await browser.check(page, 'queue-keys');
	await page.keyboard.press('/');
	assert.equal(await focused(), 'search');
	await page.keyboard.type('jk?');
	assert.equal(await page.locator('#search').inputValue(), 'jk?', 'keys are only letters while typing');
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	await page.locator('#help').waitFor();
	await browser.check(page, 'help');
	await page.keyboard.press('Escape');
	await page.locator('#help').waitFor({ state: 'hidden' });
	await page.locator('#search').fill('');
	await page.locator('.row .row-link').nth(1).focus();
	await page.keyboard.press('Enter');
	await page.waitForURL(new RegExp(`/complaints/${ids[1]}\\?at=`));
	await page.keyboard.press('e');
	assert.equal(await page.evaluate(() => document.activeElement.name), 'text');
	await page.keyboard.press('Escape');
	await page.keyboard.press('a');
	assert.equal(await focused(), 'approve', 'a goes to the button; nothing is approved by one key');
	await page.keyboard.press('u');
	await page.waitForURL((url) => url.pathname === '/');
	await page.waitForFunction((id) => document.activeElement.closest('.row')?.dataset.id === id, ids[1]);
	await page.keyboard.press('j');
	assert.equal(await focused(), ids[2], 'the list goes on where it was left');
	assert.equal(await page.locator('.notice.good').count(), 0);
}));

for (const javaScriptEnabled of [true, false]) {
	test(`a filtered list is worked through to its end, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () =>
		atDesk({ count: 3, options: { javaScriptEnabled } }, async ({ program, page, browser }) => {
			await page.goto(`${program.url}/?state=any&order=newest`);
			const ids = await page.locator('.row').evaluateAll((rows) => rows.map((row) => row.dataset.id));
			await page.locator('.row .row-link').first().click();
			for (const id of ids) {
				await page.waitForURL((url) => url.pathname === `/complaints/${id}`);
				await page.locator('summary', { hasText: 'No reply' }).click();
				await page.locator('form[action*="/close"] select[name=choice]').selectOption({ index: 1 });
				await page.locator('form[action*="/close"] button').click();
				await page.waitForURL(/done=close/);
				await page.locator('.notice.good').waitFor();
				await page.reload();
				assert.equal(await page.locator('.notice.good').count(), 0, 'said once');
				if (id !== ids.at(-1)) await page.locator('#next').click();
			}
			await browser.check(page, `list-end-${javaScriptEnabled}`);
			await page.locator('#back').click();
			await page.waitForURL((url) => url.search === '?state=any&order=newest');
		}));
}

test('a live update loses nothing that is being typed, and the conflict shows both texts', () =>
	atDesk({}, async ({ program, page, browser, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		await live(page);
		await page.locator('#draft-text').fill('My own careful words');
		await program.run(['queue', 'draft', String(row.id), '--text', 'The words of a colleague']);
		await page.locator('#stale').waitFor();
		assert.equal(await page.locator('#draft-text').inputValue(), 'My own careful words');
		await page.locator('.audit li', { hasText: 'changed the draft' }).waitFor(); /* other parts did update */
		await page.locator('#approve').click();
		await page.locator('[role=alert]').waitFor();
		assert.equal(await page.locator('#draft-text').inputValue(), 'My own careful words');
		assert.match(await page.locator('.newer').textContent(), /The words of a colleague/);
		await browser.check(page, 'conflict-both');
		assert.equal((await program.show(row.id)).state, 'open');
		/* having read the newer text, the person insists */
		await page.getByRole('button', { name: 'Save draft' }).click();
		await page.locator('.notice.good').waitFor();
		assert.equal((await program.show(row.id)).draft, 'My own careful words');
	}));

for (const javaScriptEnabled of [true, false])
	test(`a reply typed when the session ends comes back behind the sign-in, ${javaScriptEnabled ? 'with' : 'without'} scripts`, () =>
		atDesk({ options: { javaScriptEnabled } }, async ({ program, page, browser, rows: [row] }) => {
			await page.goto(`${program.url}/complaints/${row.id}`);
			const before = (await program.show(row.id)).draft;
			await page.context().clearCookies();
			await page.locator('#draft-text').fill('My own careful words,\n"with" <care>');
			if (javaScriptEnabled) await page.locator('#signed-out').waitFor(); /* it moves the buttons */
			await page.locator('#save').click();
			await page.locator('input[name=password]').waitFor();
			await browser.check(page, 'signin-typed');
			await page.locator('input[name=password]').fill('correct horse battery');
			await page.locator('main button.primary').click();
			await page.locator('#draft-text').waitFor();
			assert.equal(await page.locator('#draft-text').inputValue(), 'My own careful words,\n"with" <care>');
			assert.match(await page.locator('[role=alert]').textContent(), /not saved yet/);
			await browser.check(page, 'typed-again');
			assert.equal((await program.show(row.id)).draft, before, 'signing in does nothing but show it');
			await page.locator('#save').click();
			await page.waitForURL(/done=draft/);
			assert.equal((await program.show(row.id)).draft, 'My own careful words,\n"with" <care>');
		}));

test('typing says that it is not saved, takes away what would replace it, and offers nothing that is too long', () =>
	atDesk({}, async ({ program, page, browser, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		const draft = await page.locator('#draft-text').inputValue();
		assert.equal(await page.locator('#unsaved').isVisible(), false);
		await page.locator('#draft-text').fill('You should have called us. '.repeat(20).trim());
		assert.equal(await page.locator('#unsaved').isVisible(), true);
		assert.equal(await page.locator('#another').isVisible(), false);
		await page.locator('#length', { hasText: '539 of 500 characters: 39 too long' }).waitFor();
		for (const gone of ['#approve', '#submit', '#override']) assert.equal(await page.locator(gone).isVisible(), false, gone);
		assert.match(await page.locator('#hindrance').textContent(), /39 characters too long for Mastodon/);
		await browser.check(page, 'too-long');
		await page.locator('#draft-text').fill(draft);
		await page.locator('#approve').waitFor();
		assert.equal(await page.locator('#submit').isVisible(), true);
		assert.equal(await page.locator('#unsaved').isVisible(), false);
		assert.equal(await page.locator('#another').isVisible(), true);
	}));

test('an untouched draft follows a colleague\'s change by itself', () =>
	atDesk({}, async ({ program, page, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		await live(page);
		await program.run(['queue', 'draft', String(row.id), '--text', 'The words of a colleague']);
		await page.waitForFunction(() => document.querySelector('#draft-text').value === 'The words of a colleague');
		assert.equal(await page.locator('#stale').isVisible(), false);
	}));

test('an approved reply counts down and can be taken back', () =>
	atDesk({ config: slowToSend }, async ({ program, peer, page, browser, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		await page.locator('#approve').click();
		await page.waitForURL(/done=approve/);
		const left = async () => Number(await page.locator('.line').first().textContent().then((text) => text.match(/Sends in (\d+)/)[1]));
		const first = await left();
		assert.ok(first > 0 && first <= UNDO_S, `${first} seconds`);
		await page.waitForFunction((was) => Number(document.querySelector('.line').textContent.match(/Sends in (\d+)/)[1]) < was, first);
		await browser.check(page, 'scheduled');
		await page.getByRole('button', { name: 'Withdraw' }).click();
		await page.waitForURL(/done=withdraw/);
		assert.equal((await program.show(row.id)).state, 'open');
		assert.equal(peer.replies.length, 0);
	}));

test('where the program cannot reply, a person copies, posts and says so', () =>
	atDesk({ config: withoutToken }, async ({ program, page, browser, rows: [row] }) => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await page.goto(`${program.url}/complaints/${row.id}`);
		const text = await page.locator('#draft-text').inputValue();
		await page.locator('#approve').click();
		await page.waitForURL(/done=approve/);
		await browser.check(page, 'handoff');
		await page.getByRole('button', { name: 'Copy the text' }).click();
		await page.getByRole('button', { name: 'Copied' }).waitFor();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
		await page.locator('input[name=text]').fill('https://far.example/@acme/1');
		await page.getByRole('button', { name: 'Mark as posted' }).click();
		await page.waitForURL(/done=posted/);
		assert.equal(await page.locator('.line a.out').getAttribute('href'), 'https://far.example/@acme/1');
		assert.equal(await page.locator('.line a.out').getAttribute('rel'), 'noopener noreferrer nofollow');
		await browser.check(page, 'posted');
	}));

test('pointing at marked words lights up their rules, and following one unfolds it', () =>
	atDesk({}, async ({ program, page, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		const mark = page.locator('mark a').first();
		const names = (await mark.getAttribute('data-rules')).split(' ');
		await mark.hover();
		const lit = await page.locator('.why li.on').evaluateAll((items) => items.map((item) => item.dataset.rule));
		assert.deepEqual([...lit].sort(), [...names].sort()); // Debian's node has no toSorted
		await page.mouse.move(0, 0);
		assert.equal(await page.locator('.why li.on').count(), 0);
		await mark.click();
		await page.locator(`#why-${names[0]}`).waitFor({ state: 'visible' });
	}));

test('deciding on no reply takes a reason and can be undone', () => atDesk({}, async ({ program, page, browser, rows: [row] }) => {
	await page.goto(`${program.url}/complaints/${row.id}`);
	await page.getByText('No reply…').click();
	await page.getByRole('button', { name: 'Decide: no reply' }).click();
	assert.match(await page.locator('[role=alert]').textContent(), /A reason is needed/);
	const reason = page.locator('details[open] input[name=reason]'); /* still unfolded */
	await reason.fill('Answered on the phone');
	await page.getByRole('button', { name: 'Decide: no reply' }).click();
	await page.waitForURL(/done=close/);
	assert.match(await page.locator('.line').textContent(), /Deliberately: Answered on the phone/);
	await browser.check(page, 'closed');
	await page.goto(`${program.url}/?state=closed`);
	assert.equal(await page.locator('.row').count(), 1);
	await page.goto(program.url);
	assert.match(await page.locator('.empty-title').textContent(), /All clear/);
	await browser.check(page, 'queue-clear');
	await page.goto(`${program.url}/complaints/${row.id}`);
	await page.getByRole('button', { name: 'Open again' }).click();
	assert.equal((await program.show(row.id)).state, 'open');
}));

for (const [name, options] of [
	['dark', { colorScheme: 'dark' }],
	['phone', { viewport: { width: 390, height: 844 } }],
	['small-phone-dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' }],
])
	test(`every page is readable: ${name}`, () => atDesk({ count: 4, options }, async ({ program, page, browser, rows: [row] }) => {
		const paths = [
			'/', '/?q=parcel', '/?state=submitted', `/complaints/${row.id}`, '/promises', '/reviews', '/figures', '/sources',
			'/sending', '/nothing',
		];
		for (const [i, path] of paths.entries()) {
			await page.goto(program.url + path);
			await browser.check(page, `${name}-${i}`);
		}
		await page.locator('form[action="/signout"] button').click();
		await page.waitForURL(/\/signin/);
		await browser.check(page, `${name}-signin`);
	}));
