/*
 * Debian's headless Chromium for tests of the desk, with a watch on what pages must not do: no script errors, no
 * Content-Security-Policy violations, no request to another host. Every page a test shows goes through check(), which
 * also asks axe for accessibility faults and keeps a screenshot in the folder AMENDS_SHOTS names (for people).
 *
 *     await withBrowser(async (browser) => {
 *         const page = await browser.open({ javaScriptEnabled: false });
 *         await page.goto(program.url);
 *         await browser.check(page, 'queue');
 *     });
 *
 * AMENDS_CHROMIUM names another executable than /usr/bin/chromium.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.AMENDS_CHROMIUM ?? '/usr/bin/chromium';
const SHOTS = process.env.AMENDS_SHOTS;
const PATIENCE_MS = Number(process.env.AMENDS_PATIENCE_MS ?? 120000);

class Browser {
	constructor(chrome) {
		this.chrome = chrome;
		this.contexts = [];
		this.faults = [];
	}

	/* A page in a context (cookies, settings) of its own; options as of Playwright's newContext. */
	async open(options = {}) {
		const context = await this.chrome.newContext({ viewport: { width: 1280, height: 900 }, ...options });
		this.contexts.push(context);
		context.setDefaultTimeout(PATIENCE_MS);
		const page = await context.newPage();
		page.scripted = options.javaScriptEnabled !== false;
		page.on('pageerror', (error) => this.faults.push(`script error on ${page.url()}: ${error.message}`));
		page.on('console', (message) => {
			if (
				message.type() === 'error' &&
				!/the server responded with a status of/.test(message.text())
			)
				this.faults.push(`console on ${page.url()}: ${message.text()}`);
		});
		page.on('dialog', (dialog) => {
			this.faults.push(`dialog on ${page.url()}: ${dialog.message()}`);
			void dialog.dismiss();
		});
		page.on('request', (request) => {
			if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:|about:)/.test(request.url()))
				this.faults.push(`request to another host: ${request.url()}`);
		});
		return page;
	}

	/* The page as it stands: accessible, quiet, not wider than its window; with a picture for people. */
	async check(page, name) {
		/* Colours on their way from one light to the other are nobody's to read. */
		await page.evaluate(() => Promise.allSettled(document.getAnimations().map((moving) => moving.finished)));
		if (SHOTS) {
			fs.mkdirSync(SHOTS, { recursive: true });
			await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
		}
		if (page.scripted) {
			const { violations } = await new AxeBuilder({ page }).analyze();
			assert.deepEqual(
				violations.map(
					(v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target).join(', ')}`,
				),
				[],
				`axe finds faults on ${name}`,
			);
			const wide = await page.evaluate(
				() => document.documentElement.scrollWidth - window.innerWidth,
			);
			assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the window`);
		}
		this.assertQuiet();
	}

	assertQuiet() {
		assert.deepEqual(this.faults, []);
	}

	async close() {
		await Promise.all(this.contexts.map((context) => context.close()));
	}
}

/* One Chromium for all tests of a file: to start one costs more than most tests; a context of its own keeps them apart. */
let shared = null;

async function chromeForAll() {
	/* Chromium has no sandbox for root, as which tests run in containers; pages come from our own program only. */
	const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
	if (!shared?.isConnected()) shared = await chromium.launch({ executablePath: EXECUTABLE, args });
	return shared;
}

after(() => shared?.close());

export async function withBrowser(body) {
	const browser = new Browser(await chromeForAll());
	try {
		await body(browser);
		browser.assertQuiet();
	} finally {
		await browser.close();
	}
}

/* From the first-start link to a signed-in page: makes the first account. */
export async function firstAccount(page, link, { name = 'maya', password = 'correct horse battery' } = {}) {
	await page.goto(link);
	await page.locator('input[name=name]').fill(name);
	for (const field of await page.locator('input[type=password]').all()) await field.fill(password);
	await page.locator('main button[type=submit], main button:not([type])').first().click();
	await page.waitForURL((url) => url.pathname === '/' || url.pathname === '/signin');
	if (new URL(page.url()).pathname === '/signin') await signIn(page, { name, password });
}

export async function signIn(page, { name = 'maya', password = 'correct horse battery' } = {}) {
	await page.locator('input[name=name]').fill(name);
	await page.locator('input[name=password]').fill(password);
	await page.locator('main button[type=submit], main button:not([type])').first().click();
	await page.waitForURL((url) => url.pathname !== '/signin');
}
