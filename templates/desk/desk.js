/*
 * desk.js - the desk's scripts start here. Every page works without them; each module adds one comfort.
 */
import { startLive } from "./live.js";
import { startKeys } from "./keys.js";
import { startEvidence } from "./evidence.js";
import { startDraft, startCountdown, startCopy } from "./draft.js";

document.documentElement.classList.add("js");

/* What must be done again after a part of the page was replaced by a live update. */
function decorate() {
	startEvidence();
	startDraft();
	startCountdown();
	startCopy();
}

startLive(decorate); /* first: it remembers the parts as the server sent them */
decorate();
startKeys();
