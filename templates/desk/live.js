/*
 * live.js - live updates: when the server says that something changed, the same page is fetched again and its parts marked
 * data-live are replaced. A part is left alone while somebody types or selects in it; then #stale says so.
 */
const sent = new WeakMap(); /* element -> its HTML as the server sent it */
let busy = false;
let again = false;

function isDirty(field) {
	if (field instanceof HTMLSelectElement)
		return [...field.options].some((option) => option.selected !== option.defaultSelected);
	if (field.type === "hidden")
		return false;
	return field.value !== field.defaultValue;
}

function inUse(part) {
	const active = document.activeElement;
	const selection = document.getSelection();

	if ([...part.querySelectorAll("input, select, textarea")].some(isDirty))
		return true;
	if (active && part.contains(active) && active.matches("input, select, textarea"))
		return true;
	if ([...part.querySelectorAll("details")].some((details) => details.open))
		return true;
	return Boolean(selection && !selection.isCollapsed && selection.rangeCount && part.contains(selection.anchorNode));
}

/* The way back to the focused element after its part was replaced. */
function focusKey(part) {
	const active = document.activeElement;

	if (!active || !part.contains(active))
		return null;
	if (active.id)
		return "#" + CSS.escape(active.id);
	const row = active.closest("[data-id]");
	if (row && active.matches(".row-link"))
		return `[data-id="${CSS.escape(row.dataset.id)}"] .row-link`;
	const href = active.getAttribute("href");
	return href ? `a[href="${CSS.escape(href)}"]` : null;
}

function replacePart(part, fresh) {
	const key = focusKey(part);

	part.replaceChildren(...document.importNode(fresh, true).childNodes);
	sent.set(part, fresh.innerHTML);
	if (key)
		part.querySelector(key)?.focus({ preventScroll: true });
}

function announce(before, after) {
	const place = document.getElementById("announce");

	if (place && after > before)
		place.textContent = after - before === 1 ? "One more complaint." : `${after - before} more complaints.`;
}

async function refresh(decorate) {
	/* A page that answers a form (a POST) has no address to fetch again. */
	if (document.querySelector("[role=alert]"))
		return;
	const response = await fetch(location.href, { headers: { Accept: "text/html" } });
	if (!response.ok || response.redirected)
		return;
	const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
	const rows = document.querySelectorAll(".row").length;
	let changed = false;

	for (const part of document.querySelectorAll("[data-live]")) {
		const next = fresh.getElementById(part.id);
		if (!next || next.innerHTML === sent.get(part))
			continue;
		if (inUse(part)) {
			const stale = document.getElementById("stale");
			if (stale && part.id === "live-reply")
				stale.hidden = false;
			continue;
		}
		replacePart(part, next);
		changed = true;
	}
	if (changed) {
		announce(rows, document.querySelectorAll(".row").length);
		decorate();
	}
}

/* One refresh at a time; what arrives meanwhile leads to one more. */
async function refreshOnce(decorate) {
	if (busy) {
		again = true;
		return;
	}
	busy = true;
	do {
		again = false;
		try {
			await refresh(decorate);
		} catch {
			/* the desk is away; the stream connects again by itself and tells */
		}
	} while (again);
	busy = false;
}

/*
 * Only a page that is looked at keeps its stream: browsers allow six connections to one server over HTTP/1, and
 * somebody who opens ten complaints in tabs would otherwise wait for ever for the seventh.
 */
export function startLive(decorate) {
	const url = document.body.dataset.liveUrl;
	let timer = 0;
	let stream = null;
	let opened = false;

	for (const part of document.querySelectorAll("[data-live]"))
		sent.set(part, part.innerHTML);
	if (!url || !window.EventSource)
		return;
	const soon = () => {
		clearTimeout(timer);
		timer = setTimeout(() => refreshOnce(decorate), 150);
	};
	const open = () => {
		if (stream)
			return;
		stream = new EventSource(url);
		stream.addEventListener("change", soon);
		stream.addEventListener("open", () => {
			if (opened)
				soon(); /* connected again: something may have changed in between */
			opened = true;
			document.documentElement.dataset.live = "on"; /* for tests and curious people */
		});
	};
	const close = () => {
		stream?.close();
		stream = null;
		delete document.documentElement.dataset.live;
	};
	const follow = () => (document.visibilityState === "visible" ? open() : close());
	document.addEventListener("visibilitychange", follow);
	window.addEventListener("pageshow", (event) => {
		if (event.persisted) /* come back to: what was done was said before */
			document.querySelector(".notice.good")?.remove();
		follow();
	});
	window.addEventListener("pagehide", close);
	follow();
}
