/** Words, numbers and times in the user's language. All words are in `locales/*.ftl`. */
import { FluentBundle, FluentResource } from "./vendor/fluent.js";

const LOCALE = "en";

// Isolation marks would come between a label and whoever looks for it by its text; names, the only
// values that can run the other way, are isolated by `isolate` or by <bdi>.
const bundle = new FluentBundle(LOCALE, { useIsolating: false });

/** Fetches the words; nothing can be shown before. */
export async function load() {
  const answer = await fetch(`locales/${LOCALE}.ftl`);
  const faults = bundle.addResource(new FluentResource(await answer.text()));
  if (faults.length > 0) console.error("locale:", faults);
}

/**
 * The words for an id, `message` or `message.attribute`.
 *
 * @param {string} id
 * @param {Record<string, string | number>} [args]
 * @returns {string}
 */
export function t(id, args) {
  const words = optional(id, args);
  if (words === null) console.error(`no words for ${id}`);
  return words ?? id;
}

/**
 * The words for an id, or null where the locale has none.
 *
 * @param {string} id
 * @param {Record<string, string | number>} [args]
 * @returns {string | null}
 */
export function optional(id, args) {
  const [name = "", attribute] = id.split(".");
  const message = bundle.getMessage(name);
  const pattern = attribute === undefined ? message?.value : message?.attributes[attribute];
  if (!pattern) return null;
  /** @type {Error[]} */
  const faults = [];
  const words = bundle.formatPattern(pattern, args, faults);
  if (faults.length > 0) console.error(id, faults);
  return words;
}

/**
 * The words for an id in two halves, around the place of one of their values, for where that is
 * more than text.
 *
 * @param {string} id
 * @param {string} name the value's name
 * @param {Record<string, string>} [args] the other values
 * @returns {[string, string]}
 */
export function around(id, name, args = {}) {
  const [before = "", after = ""] = t(id, { ...args, [name]: GAP }).split(GAP);
  return [before, after];
}

// A character that stands in no sentence.
const GAP = "\u0000";

// Letters written from right to left, and the marks that change direction.
const TURNS =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Keeps a name from turning the direction of the sentence around it.
 *
 * @param {string} name
 */
export const isolate = (name) => (TURNS.test(name) ? `\u2068${name}\u2069` : name);

/**
 * The date of a time that others have chosen; null where there is no such date. Dates of JavaScript end at
 * 8.64e15 ms, integers in events at 2^53-1.
 *
 * @param {unknown} ms since the Unix epoch
 */
function dateOf(ms) {
  const date = typeof ms === "number" ? new Date(ms) : null;
  return date === null || Number.isNaN(date.getTime()) ? null : date;
}

/**
 * A format for times, which answers with the words of `unknown` where there is no such date. Making the first one
 * takes as long as drawing the guide, so none is made before there is a time to show.
 *
 * @param {string | undefined} locale
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} unknown
 */
function format(locale, options, unknown) {
  /** @type {Intl.DateTimeFormat | undefined} */
  let made;
  return (/** @type {unknown} */ ms) => {
    const date = dateOf(ms);
    return date === null ? t(unknown) : (made ??= new Intl.DateTimeFormat(locale, options)).format(date);
  };
}

/** @type {(ms: unknown) => string} */
export const timeOfDay = format(undefined, { hour: "2-digit", minute: "2-digit" }, "time-unknown-short");

/** @type {(ms: unknown) => string} */
export const fullTime = format(LOCALE, { dateStyle: "full", timeStyle: "short" }, "time-unknown");

const day = format(LOCALE, { weekday: "long", day: "numeric", month: "long" }, "day-unknown");
const dayOfYear = format(LOCALE, { day: "numeric", month: "long", year: "numeric" }, "day-unknown");

/**
 * A time for programs, as in `<time datetime>`; empty where there is no such date.
 *
 * @param {unknown} ms
 */
export const machineTime = (ms) => dateOf(ms)?.toISOString() ?? "";

/**
 * @param {unknown} ms
 * @param {number} [now]
 */
export function dayName(ms, now = Date.now()) {
  const then = dateOf(ms);
  if (then === null) return t("day-unknown");
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (then.toDateString() === today.toDateString()) return t("day-today");
  if (then.toDateString() === yesterday.toDateString()) return t("day-yesterday");
  return then.getFullYear() === today.getFullYear() ? day(ms) : dayOfYear(ms);
}

/**
 * How long until a moment, in words: "in 12 seconds".
 *
 * @param {unknown} ms
 */
export function timeUntil(ms) {
  const seconds = typeof ms === "number" ? Math.ceil(ms / 1000) : 0;
  if (!(seconds > 0 && seconds < Infinity)) return t("in-no-time");
  if (seconds < 100) return t("in-seconds", { count: seconds });
  return t("in-minutes", { count: Math.ceil(seconds / 60) });
}
