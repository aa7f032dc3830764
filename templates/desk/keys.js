/*
 * keys.js - keys for people who do this all day: j k Enter u e a s / ? and g with the first letter of a page
 */
function typing(target) {
	return target instanceof Element && target.matches("input, select, textarea, [contenteditable]");
}

function move(step) {
	const links = [...document.querySelectorAll(".row-link, .review > .post-head a")];
	const at = links.indexOf(document.activeElement);

	if (links.length === 0) {
		if (step > 0)
			document.getElementById("next")?.click();
		return;
	}
	const to = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
	links[to].focus();
	links[to].closest(".row, .review").scrollIntoView({ block: "nearest" });
}

function goSearch() {
	const search = document.getElementById("search");

	if (search) {
		search.focus();
		search.select();
	} else {
		location.assign("/");
	}
}

function showHelp() {
	const help = document.getElementById("help");

	if (help && !help.open)
		help.showModal();
}

const keys = {
	j: () => move(1),
	k: () => move(-1),
	u: () => document.getElementById("back")?.click(),
	e: () => document.getElementById("draft-text")?.focus(),
	a: () => document.getElementById("approve")?.focus(),
	s: () => document.getElementById("submit")?.focus(),
	"/": goSearch,
	"?": showHelp,
};

/* After g, for a moment, a letter goes to a page. */
const places = { q: "/", p: "/promises", r: "/reviews", f: "/figures" };
const GO_MS = 1500;
let goUntil = 0;

function goTo(key) {
	const path = performance.now() < goUntil && Object.hasOwn(places, key) ? places[key] : null;

	goUntil = key === "g" ? performance.now() + GO_MS : 0;
	if (path)
		location.assign(path);
	return Boolean(path) || key === "g";
}

export function startKeys() {
	const open = document.getElementById("help-open");

	if (open) {
		open.hidden = false;
		open.addEventListener("click", showHelp);
	}
	document.addEventListener("keydown", (event) => {
		if (event.key === "Escape" && typing(event.target)) {
			event.target.blur();
			return;
		}
		if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target))
			return;
		if (document.querySelector("dialog[open]"))
			return;
		if (goTo(event.key)) {
			event.preventDefault();
			return;
		}
		if (!Object.hasOwn(keys, event.key))
			return;
		event.preventDefault();
		keys[event.key]();
	});
}
