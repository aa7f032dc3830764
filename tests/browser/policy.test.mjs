/*
 * Who may let a reply go, as the people concerned see it: two people for one reply, edits with their difference, asking for
 * changes, the switch for all sending, promises from the reply to the list, reviews of what one person let go, and
 * judging otherwise. Where it matters, once with JavaScript and once without.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { addComplaints, configFor, tagSource, withProgram } from '../e2e/program.mjs';
import { firstAccount, signIn, withBrowser } from './harness.mjs';

const PASSWORD = 'correct horse battery';
const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 900 };

/* Two people for everything (severity 1 and above), or for nothing; every reply is looked at later. */
function policy(two, more = {}) {
	const none = { severity: 0, urgency: 0, reach: 0, audience: 0, links: false, amounts: false, findings: true };

	return (peers) =>
		configFor(peers.map((peer) => tagSource(peer)), {
			desk: { port: 0, undo: 0 },
			policy: { sample: 1, two: { ...none, severity: two ? 1 : 0 }, first: { to: '' }, ...more },
		});
}

/* The program with one complaint, and the first account (an admin, maya) at the desk. */
async function atDesk({ config = policy(false), count = 1, options } = {}, body) {
	await withProgram({ config }, ({ program, peer }) =>
		withBrowser(async (browser) => {
			addComplaints(peer, 0, count);
			await program.start();
			const link = await program.firstLink();
			const rows = await program.untilComplaints(count);
			const page = await browser.open(options);
			await firstAccount(page, link);
			await body({ program, peer, browser, page, rows });
		}),
	);
}

/* Another person in a browser of their own. */
async function join({ program, browser }, name, role, options) {
	const page = await browser.open(options);

	await program.run(['user', 'add', name, '--role', role, '--password-stdin'], { input: `${PASSWORD}\n` });
	await page.goto(`${program.url}/signin`);
	await signIn(page, { name, password: PASSWORD });
	return page;
}

/* The page at both widths and in both lights; pictures for people, axe and width for the test. */
async function looks(browser, page, name) {
	for (const colorScheme of ['light', 'dark'])
		for (const [size, viewport] of [['1280', WIDE], ['390', PHONE], ['320', { width: 320, height: 640 }]]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize(viewport);
			await browser.check(page, `${name}-${size}-${colorScheme}`);
		}
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize(WIDE);
}

function live(page) {
	return page.locator('html[data-live=on]').waitFor({ state: 'attached' });
}

for (const javaScriptEnabled of [true, false]) {
	const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

	test(`two people let one reply go, ${how}`, () =>
		atDesk({ config: policy(true), options: { javaScriptEnabled } }, async (things) => {
			const { program, peer, browser, page, rows: [row] } = things;
			const path = `${program.url}/complaints/${row.id}`;
			await page.goto(path);
			assert.equal(await page.locator('#approve').isVisible(), false, 'one person cannot approve it alone');
			assert.match(await page.locator('#ruling').textContent(), /Two people/);
			if (javaScriptEnabled) await looks(browser, page, 'complaint-two');
			await page.getByRole('button', { name: 'Submit for a second person' }).click();
			await page.waitForURL(/done=submit/);
			assert.equal(await page.locator('#approve').isVisible(), false, 'who submitted it does not approve it');
			const second = await join(things, 'ben', 'approver', { javaScriptEnabled });
			await second.goto(path);
			if (javaScriptEnabled) await looks(browser, second, 'complaint-second');
			assert.equal(peer.replies.length, 0);
			await second.getByRole('button', { name: 'Approve as second person' }).click();
			await peer.until(() => peer.replies.length > 0, 'the reply');
			const now = await program.show(row.id);
			assert.equal(peer.replies[0].text, now.draft);
		}));
}

test('an edit shows what was changed and by whom, and makes its author the author', () =>
	atDesk({ config: policy(true) }, async (things) => {
		const { program, browser, page, rows: [row] } = things;
		const path = `${program.url}/complaints/${row.id}`;
		await page.goto(path);
		await page.getByRole('button', { name: 'Submit for a second person' }).click();
		await page.waitForURL(/done=submit/);
		const second = await join(things, 'ben', 'approver');
		await second.goto(path);
		const text = await second.locator('#draft-text').inputValue();
		await second.locator('#draft-text').fill(text.replace(/sorry/i, 'very sorry'));
		await second.locator('#approve').waitFor({ state: 'hidden' }); /* the check says: now ben is the author */
		assert.match(await second.locator('#hindrance').textContent(), /other than ben/);
		await second.getByRole('button', { name: 'Save draft' }).click();
		await second.waitForURL(/done=draft/);
		assert.match(await second.locator('.changes h3').textContent(), /Changed by ben, from the draft by amends/);
		assert.match(await second.locator('.changes ins').first().textContent(), /very/);
		await second.getByText('All versions of the text').click();
		await looks(browser, second, 'complaint-changed');
		await page.goto(path);
		assert.match(await page.locator('.changes').textContent(), /very/);
	}));

test('asking for changes brings the draft back with the note', () =>
	atDesk({ config: policy(true) }, async (things) => {
		const { program, browser, page, rows: [row] } = things;
		const path = `${program.url}/complaints/${row.id}`;
		await page.goto(path);
		await page.getByRole('button', { name: 'Submit for a second person' }).click();
		await page.waitForURL(/done=submit/);
		const second = await join(things, 'ben', 'approver');
		await second.goto(path);
		await second.getByText('Ask for changes…').click();
		await second.locator('details[open] input[name=reason]').fill('Please name the day');
		await browser.check(second, 'ask-for-changes');
		await second.getByRole('button', { name: 'Ask for changes' }).click();
		await second.waitForURL(/done=changes/);
		await page.goto(path);
		assert.match(await page.locator('#live-reply .notice.warn').textContent(), /Please name the day/);
		assert.ok((await page.locator('#draft-text').inputValue()).length > 0, 'the draft is still there');
		await browser.check(page, 'changes-asked');
		assert.equal((await program.show(row.id)).state, 'open');
	}));

test('a finding that blocks is explained by one person and overridden by another', () =>
	atDesk({ config: policy(false, { block: ['defensive'] }) }, async (things) => {
		const { program, peer, browser, page, rows: [row] } = things;
		const path = `${program.url}/complaints/${row.id}`;
		const handle = row.author.handle ?? row.author;
		await page.goto(path);
		await page.locator('#draft-text').fill(`@${handle} As we already told you, it was not our fault.`);
		await page.locator('#override').waitFor({ state: 'visible' });
		assert.equal(await page.locator('#approve').isVisible(), false);
		await looks(browser, page, 'complaint-blocked');
		await page.locator('input[name=override_why]').fill('She asked for exactly these words');
		await page.locator('#submit').click();
		await page.waitForURL(/done=submit/);
		const second = await join(things, 'ben', 'approver');
		await second.goto(path);
		assert.match(await second.locator('#live-reply').textContent(), /She asked for exactly these words/);
		await browser.check(second, 'override');
		await second.locator('#approve').click();
		await peer.until(() => peer.replies.length > 0, 'the reply');
	}));

test('the switch for all sending is on every page of everybody, at once', () =>
	atDesk({ count: 2 }, async (things) => {
		const { program, peer, browser, page, rows } = things;
		const other = await join(things, 'ann', 'agent');
		await page.goto(`${program.url}/complaints/${rows[0].id}`);
		await live(page);
		await other.goto(`${program.url}/sending`);
		await live(other);
		await looks(browser, other, 'sending-on');
		await other.getByRole('button', { name: 'Pause sending' }).click();
		await other.waitForURL(/done=paused/);
		await page.locator('.alert.paused').waitFor(); /* without a reload */
		assert.match(await page.locator('.alert.paused').textContent(), /all brands, by ann since/);
		assert.equal(await other.getByRole('button', { name: 'Go on sending' }).count(), 0, 'that takes an approver');
		await looks(browser, page, 'complaint-paused');
		await page.locator('#approve').click();
		await page.waitForURL(/done=approve/);
		for (const at of ['/', '/promises', '/reviews', '/figures', '/sources', '/sending', '/nothing']) {
			await other.goto(program.url + at);
			assert.equal(await other.locator('.alert.paused').count(), 1, at);
		}
		assert.equal(peer.replies.length, 0);
		await page.goto(`${program.url}/sending`);
		await looks(browser, page, 'sending-off');
		await other.goto(program.url);
		await live(other);
		await page.getByRole('button', { name: 'Go on sending' }).click();
		await page.waitForURL(/done=resumed/);
		await other.locator('.alert.paused').waitFor({ state: 'detached' });
		await peer.until(() => peer.replies.length === 1, 'the reply that waited');
	}));

test('what a reply promises is said before, and listed after it was sent', () =>
	atDesk({}, async ({ program, peer, browser, page, rows: [row] }) => {
		const handle = row.author.handle ?? row.author;
		await page.goto(`${program.url}/promises`);
		assert.match(await page.locator('.empty-title').textContent(), /No promise is open/);
		await page.goto(`${program.url}/complaints/${row.id}`);
		await page.locator('#draft-text').fill(`@${handle} We are sorry. We are looking into it and will get back to you by Friday.`);
		await page.locator('#says li', { hasText: 'Promises an answer by Fri' }).waitFor();
		await looks(browser, page, 'complaint-promises');
		await page.locator('#approve').click();
		await peer.until(() => peer.replies.length === 1, 'the reply');
		await program.until(async () => (await program.complaints())[0].state === 'replied', 'the state replied');
		await page.goto(`${program.url}/complaints/${row.id}`);
		assert.match(await page.locator('.promised').textContent(), /An answer by Fri/);
		await page.goto(`${program.url}/promises`);
		assert.equal(await page.locator('.promise').count(), 1);
		assert.match(await page.locator('.menu').textContent(), /Promises 1/);
		await looks(browser, page, 'promises');
		await page.getByRole('button', { name: /^Kept/ }).click();
		await page.waitForURL(/done=kept/);
		assert.equal(await page.locator('.promise').count(), 0);
		assert.equal(await page.locator('.weeks tbody tr').count(), 1);
		await looks(browser, page, 'promises-kept');
	}));

for (const javaScriptEnabled of [true, false])
	test(`what one person let go is looked at by another, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () =>
		atDesk({ options: { javaScriptEnabled } }, async (things) => {
			const { program, peer, browser, page, rows: [row] } = things;
			await page.goto(`${program.url}/complaints/${row.id}`);
			await page.locator('#approve').click();
			await peer.until(() => peer.replies.length === 1, 'the reply');
			await page.goto(`${program.url}/reviews`);
			assert.match(await page.locator('.review').textContent(), /somebody else looks at it/);
			assert.equal(await page.locator('.review button').count(), 0, 'nobody reviews their own');
			const other = await join(things, 'ben', 'approver', { javaScriptEnabled });
			await other.goto(`${program.url}/reviews`);
			if (javaScriptEnabled) await looks(browser, other, 'reviews');
			await other.getByRole('button', { name: /^Not fine/ }).click();
			await other.locator('[role=alert]').waitFor(); /* a note is needed */
			await other.locator('input[name=note]').fill('It names no day');
			await other.getByRole('button', { name: /^Not fine/ }).click();
			await other.waitForURL(/done=reviewed/);
			if (javaScriptEnabled) await looks(browser, other, 'reviewed');
			await page.goto(`${program.url}/reviews`);
			assert.match(await page.locator('.reviews.done').textContent(), /It names no day/);
		}));

test('judging otherwise moves the complaint and is a label for the rules', () =>
	atDesk({}, async ({ program, browser, page, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		const before = await page.locator('#draft-text').inputValue();
		await page.getByText('Judge otherwise…').click();
		await looks(browser, page, 'judge');
		await page.locator('select[name=class]').selectOption('vent');
		await page.locator('select[name=cause]').selectOption('staff');
		await page.locator('select[name=urgency]').selectOption('2');
		await page.locator('input[name=note]').fill('Only letting off steam');
		await page.getByRole('button', { name: 'Keep this judgement' }).click();
		await page.waitForURL(/done=judge-anew/);
		assert.match(await page.locator('[role=status]').first().textContent(), /The draft was made anew to fit it/);
		assert.notEqual(await page.locator('#draft-text').inputValue(), before);
		assert.equal(await page.locator('.changes').count(), 0); /* nobody's edit: there is nothing to compare */
		await looks(browser, page, 'judged');
		assert.match(await page.locator('.head .badge').textContent(), /Vent/);
		assert.match(await page.locator('.audit').textContent(), /judged otherwise/);
		const { stdout } = await program.run(['queue', 'corrections']);
		const label = JSON.parse(stdout);
		assert.deepEqual(label.labels, { intent: 'vent', cause: 'staff', urgency: 2 });
		assert.equal(label.text, (await program.show(row.id)).text);
		program.write('labels.jsonl', stdout);
		await program.run(['rules', 'test', 'labels.jsonl']);
	}));

test('a draft can be worded anew until somebody writes', () =>
	atDesk({}, async ({ program, browser, page, rows: [row] }) => {
		await page.goto(`${program.url}/complaints/${row.id}`);
		const seen = [await page.locator('#draft-text').inputValue()];
		for (let i = 0; i < 2; i++) {
			await page.getByRole('button', { name: 'Another wording' }).click();
			await page.waitForFunction((text) => document.getElementById('draft-text').value !== text, seen.at(-1));
			seen.push(await page.locator('#draft-text').inputValue());
		}
		assert.equal(new Set(seen).size, 3);
		await looks(browser, page, 'another');
		await page.locator('#draft-text').fill('I will look into it myself.');
		await page.getByRole('button', { name: 'Another wording' }).waitFor({ state: 'hidden' });
		await page.getByRole('button', { name: 'Save draft' }).click();
		await page.waitForURL(/done=draft/);
		assert.equal(await page.getByRole('button', { name: 'Another wording' }).count(), 0);
	}));

test('reasons for no reply and what became of templates are counted', () =>
	atDesk({ count: 3 }, async ({ program, browser, page, rows }) => {
		for (const row of rows.slice(0, 2)) {
			await page.goto(`${program.url}/complaints/${row.id}`);
			await page.getByText('No reply…').click();
			await page.locator('select[name=choice]').selectOption('spam');
			await page.locator('details[open] input[name=reason]').fill(`the ${row.id}th`);
			await page.getByRole('button', { name: 'Decide: no reply' }).click();
			await page.waitForURL(/done=close/);
		}
		await page.goto(`${program.url}/figures`);
		assert.match(await page.locator('tbody tr').first().textContent(), /spam\s*2/);
		assert.ok((await page.locator('table').count()) === 2);
		await looks(browser, page, 'figures');
	}));

test('a token that is no longer accepted is one clear sentence, here and at its source', () =>
	atDesk({}, async ({ program, peer, browser, page }) => {
		await page.goto(program.url);
		peer.fault({ path: '/api/v1/', kind: 'status', status: 401, times: Infinity });
		await page.locator('.alert', { hasText: 'is no longer accepted' }).waitFor();
		await page.goto(`${program.url}/sources`);
		assert.match(await page.locator('.todo').textContent(), /Make a new token there/);
		await looks(browser, page, 'sources-token');
	}));

test('keys go to the pages', () =>
	atDesk({}, async ({ program, page, rows: [row] }) => {
		for (const [key, path] of [['p', '/promises'], ['r', '/reviews'], ['f', '/figures'], ['q', '/']]) {
			await page.keyboard.press('g');
			await page.keyboard.press(key);
			await page.waitForURL((url) => url.pathname === path);
		}
		await page.goto(`${program.url}/complaints/${row.id}`);
		await page.keyboard.press('s');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'submit');
	}));
