/*
 * draft.js - while a reply is written: its length as the platform counts it and the tone check, from the server;
 * a warning before leaving with unsaved words; the count-down until it is sent; copying for a hand-off.
 */
const PAUSE_MS = 300;
let submitting = false;
let leaveGuard = false;

function element(name, className, text) {
	const made = document.createElement(name);

	if (className)
		made.className = className;
	if (text)
		made.textContent = text;
	return made;
}

function showLength(check) {
	const place = document.getElementById("length");
	const limit = check.limit === null ? "" : ` of ${check.limit}`;

	if (!place)
		return;
	place.textContent = `${check.length}${limit} ${check.unit_label}${check.too_long ? `: ${check.length - check.limit} too long` : ""}`;
	place.classList.toggle("over", check.too_long);
}

function findingItem(finding) {
	const item = element("li", `finding ${finding.level === "block" ? "block" : "warn"}`);

	item.append(element("span", "level", finding.level === "block" ? "Stops approval" : "Please check"), " ", element("q", "", finding.text), " ", finding.about || "");
	if (finding.suggest)
		item.append(" ", element("span", "suggest", finding.suggest));
	return item;
}

function showFindings(check) {
	const place = document.getElementById("findings");
	const list = element("ul", "findings");

	if (!place)
		return;
	list.append(...check.findings.map(findingItem));
	place.replaceChildren(list);
}

function showSays(check) {
	document.getElementById("says")?.replaceChildren(...check.says.map((sentence) => element("li", "", sentence)));
}

/* Who may let it go, and so which buttons there are: the ruling is about the very words in the box. */
function showRuling(check) {
	const place = document.getElementById("ruling");
	const hindrance = document.getElementById("hindrance");
	const approve = document.getElementById("approve");
	const submit = document.getElementById("submit");
	const override = document.getElementById("override");

	if (!place || !hindrance)
		return;
	const list = element("ul", "");
	list.append(...check.ruling.why.map((sentence) => element("li", "", sentence)));
	place.classList.toggle("two", check.ruling.two);
	place.replaceChildren(element("p", "ruling-summary", check.ruling.summary), list);
	hindrance.textContent = check.hindrance || "";
	hindrance.hidden = !check.hindrance;
	if (approve)
		approve.hidden = Boolean(check.hindrance);
	if (submit) {
		submit.hidden = !check.can_submit;
		submit.textContent = check.ruling.two ? "Submit for a second person" : "Submit for approval";
		submit.classList.toggle("primary", !approve || approve.hidden);
	}
	if (override)
		override.hidden = !check.can_override || !check.can_submit;
}

async function check(form, text, signal) {
	const response = await fetch(`/api/v1/complaints/${form.dataset.id}/check`, {
		method: "POST",
		headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value },
		body: JSON.stringify({ text }),
		signal,
	});

	if (response.status === 401)
		document.getElementById("signed-out").hidden = false;
	if (!response.ok)
		return;
	const answer = await response.json();
	showLength(answer);
	showFindings(answer);
	showSays(answer);
	showRuling(answer);
}

function watch(form, box) {
	let timer = 0;
	let running = null;

	box.addEventListener("input", () => {
		showUnsaved(form);
		clearTimeout(timer);
		timer = setTimeout(() => {
			running?.abort();
			running = new AbortController();
			/* A check that fails shows the last one's result; saving checks again anyway. */
			check(form, box.value, running.signal).catch(() => {});
		}, PAUSE_MS);
	});
}

/* Whose words these are, and no button that would only answer that it may not replace them. */
function showUnsaved(form) {
	const note = form.querySelector("#unsaved");
	const another = form.querySelector("#another");

	if (note)
		note.hidden = !isDirty();
	if (another)
		another.hidden = isDirty();
}

function isDirty() {
	const box = document.getElementById("draft-text");

	return Boolean(box && (box.value !== box.defaultValue || box.form.dataset.unsaved));
}

export function startDraft() {
	const form = document.getElementById("draft-form");
	const box = document.getElementById("draft-text");

	if (form && box && !box.dataset.watched) {
		box.dataset.watched = "yes";
		watch(form, box);
	}
	if (leaveGuard)
		return;
	leaveGuard = true;
	/* Other forms of the page do not carry the draft: leaving by them loses it as any link does. */
	document.addEventListener("submit", (event) => {
		submitting = event.target.id === "draft-form";
	});
	window.addEventListener("beforeunload", (event) => {
		if (!submitting && isDirty())
			event.preventDefault();
	});
}

export function startCountdown() {
	for (const place of document.querySelectorAll("[data-countdown]")) {
		let left = Number(place.dataset.countdown);
		delete place.dataset.countdown;
		const timer = setInterval(() => {
			left -= 1;
			if (left <= 0 || !place.isConnected)
				clearInterval(timer);
			place.textContent = String(Math.max(0, left));
		}, 1000);
	}
}

/* Without a secure address browsers have no clipboard; then the text is selected for the person to copy. */
async function copyText(button, from) {
	try {
		await navigator.clipboard.writeText(from.textContent);
		button.textContent = "Copied";
	} catch {
		document.getSelection()?.selectAllChildren(from);
		button.textContent = "Selected: press Ctrl+C";
	}
}

export function startCopy() {
	for (const button of document.querySelectorAll("[data-copy]")) {
		const from = document.querySelector(button.dataset.copy);
		if (!from || !button.hidden)
			continue;
		button.hidden = false;
		button.addEventListener("click", () => copyText(button, from));
	}
}
