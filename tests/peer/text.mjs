/*
 * text.mjs - what such servers make of a text: HTML, hashtags, mentions, and its length as they count it.
 */

function escapeHtml(text) {
	return text.replace(
		/[&<>"']/g,
		(c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c],
	);
}

function linkTag(base, word) {
	const name = word.slice(1);
	return `<a href="${base}/tags/${name.toLowerCase()}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`;
}

function linkMention(base, word) {
	const name = word.slice(1).split('@')[0];
	return (
		`<span class="h-card" translate="no"><a href="${base}/@${word.slice(1)}" class="u-url mention">` +
		`@<span>${name}</span></a></span>`
	);
}

/* Long addresses are shown shortened, in three spans, as these servers do. */
function linkUrl(url) {
	const scheme = url.match(/^https?:\/\//)[0];
	const rest = url.slice(scheme.length);
	return (
		`<a href="${url}" rel="nofollow noopener" target="_blank"><span class="invisible">${scheme}</span>` +
		`<span class="ellipsis">${rest.slice(0, 30)}</span><span class="invisible">${rest.slice(30)}</span></a>`
	);
}

const LINKED = /(https?:\/\/[^\s<>"]+|@[\w.]+(?:@[\w.-]*\w)?|#[\p{L}\p{N}_]+)/gu;

function linkWord(base, word) {
	if (word[0] === '#') return linkTag(base, word);
	return word[0] === '@' ? linkMention(base, word) : linkUrl(escapeHtml(word));
}

/* Plain text as the HTML these servers make of it. */
export function textToHtml(base, text) {
	const parts = text.split(LINKED); /* every second one is a word to link */
	const html = parts.map((part, i) => (i % 2 ? linkWord(base, part) : escapeHtml(part))).join('');
	return '<p>' + html.replace(/\n\n+/g, '</p><p>').replace(/\n/g, '<br />') + '</p>';
}

export function hashtagsOf(text) {
	return [...text.matchAll(/#([\p{L}\p{N}_]+)/gu)].map((m) => m[1].toLowerCase());
}

export function mentionsOf(text) {
	return [...text.matchAll(/(?<![\w/])@([\w.]+(?:@[\w.-]*\w)?)/g)].map((m) => m[1].toLowerCase());
}

/* Addresses count 23, the host of a mention counts nothing. */
export function countCharacters(text) {
	return [...text.replace(/https?:\/\/\S+/g, 'x'.repeat(23)).replace(/(@[\w.]+)@[\w.-]+/g, '$1')].length;
}
