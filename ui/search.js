/**
 * Finds pages of the guide by their words.
 *
 * @typedef {import("./bindings/GuidePage.ts").GuidePage} GuidePage
 * @typedef {{ page: GuidePage, before: string, hit: string, after: string }} Found
 */
import { plainText } from "./tree.js";

const AROUND = 70;

/** @type {WeakMap<GuidePage, string>} */
const texts = new WeakMap();

/** @param {GuidePage} page */
function textOf(page) {
  const known = texts.get(page);
  if (known !== undefined) return known;
  const text = `${page.summary} ${plainText(page.blocks)}`.replace(/\s+/gu, " ");
  texts.set(page, text);
  return text;
}

/**
 * The pages that hold every word asked for; those with a word in the title come first.
 *
 * @param {GuidePage[]} pages
 * @param {string} query
 * @returns {Found[]}
 */
export function search(pages, query) {
  const words = query.toLowerCase().split(/\s+/u).filter((word) => word !== "");
  if (words.length === 0) return [];
  const inTitle = (/** @type {GuidePage} */ page) =>
    words.filter((word) => page.title.toLowerCase().includes(word)).length;
  return pages
    .filter((page) => {
      const text = `${page.title} ${textOf(page)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => inTitle(b) - inTitle(a))
    .map((page) => excerpt(page, words));
}

/**
 * @param {GuidePage} page
 * @param {string[]} words
 * @returns {Found}
 */
function excerpt(page, words) {
  const text = textOf(page);
  const lower = text.toLowerCase();
  // Lower case can change a text's length; then positions do not carry over, and the text's
  // beginning is the honest excerpt.
  const at = lower.length === text.length ? firstOf(lower, words) : null;
  if (!at) return { page, before: "", hit: "", after: `${text.slice(0, 2 * AROUND)}…` };
  const from = at.start <= AROUND ? 0 : text.indexOf(" ", at.start - AROUND) + 1;
  const to = at.end + AROUND >= text.length ? text.length : text.lastIndexOf(" ", at.end + AROUND);
  return {
    page,
    before: `${from > 0 ? "… " : ""}${text.slice(from, at.start)}`,
    hit: text.slice(at.start, at.end),
    after: `${text.slice(at.end, to)}${to < text.length ? " …" : ""}`,
  };
}

/**
 * @param {string} text
 * @param {string[]} words
 */
function firstOf(text, words) {
  for (const word of words) {
    const start = text.indexOf(word);
    if (start >= 0) return { start, end: start + word.length };
  }
  return null;
}
