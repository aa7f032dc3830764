/*
 * evidence.js - pointing at a marked word shows its rules in the list beside, and the other way round.
 */
function rulesOf(mark) {
	return (mark.dataset.rules || "").split(" ");
}

function light(names, on) {
	for (const item of document.querySelectorAll(".why li"))
		item.classList.toggle("on", on && names.includes(item.dataset.rule));
	for (const mark of document.querySelectorAll("mark a"))
		mark.classList.toggle("on", on && rulesOf(mark).some((name) => names.includes(name)));
}

/* A sign may be folded away: whoever follows the link wants to see it. */
function unfold(name) {
	const item = document.getElementById(`why-${name}`);
	const fold = item?.closest("details");

	if (fold)
		fold.open = true;
}

function connect(element, names) {
	if (element.dataset.connected)
		return;
	element.dataset.connected = "yes";
	for (const type of ["mouseenter", "focus"])
		element.addEventListener(type, () => light(names(), true));
	for (const type of ["mouseleave", "blur"])
		element.addEventListener(type, () => light([], false));
}

export function startEvidence() {
	for (const mark of document.querySelectorAll("mark a")) {
		if (!mark.dataset.connected)
			mark.addEventListener("click", () => unfold(rulesOf(mark)[0]));
		connect(mark, () => rulesOf(mark));
	}
	for (const item of document.querySelectorAll(".why li"))
		connect(item, () => [item.dataset.rule]);
}
