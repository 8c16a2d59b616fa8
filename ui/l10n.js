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
 * A format for times. Making the first one takes as long as drawing the guide, so none is made before there is a
 * time to show.
 *
 * @param {string | undefined} locale
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(locale, options) {
  /** @type {Intl.DateTimeFormat | undefined} */
  let made;
  return (/** @type {number | Date} */ time) => (made ??= new Intl.DateTimeFormat(locale, options)).format(time);
}

/** @type {(ms: number) => string} */
export const timeOfDay = format(undefined, { hour: "2-digit", minute: "2-digit" });

/** @type {(ms: number) => string} */
export const fullTime = format(LOCALE, { dateStyle: "full", timeStyle: "short" });

const day = format(LOCALE, { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = format(LOCALE, { day: "numeric", month: "long", year: "numeric" });

/**
 * @param {number} ms
 * @param {number} [now]
 */
export function dayName(ms, now = Date.now()) {
  const then = new Date(ms);
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (then.toDateString() === today.toDateString()) return t("day-today");
  if (then.toDateString() === yesterday.toDateString()) return t("day-yesterday");
  return then.getFullYear() === today.getFullYear() ? day(then) : dayOfYear(then);
}

/**
 * How long until a moment, in words: "in 12 seconds".
 *
 * @param {number} ms
 */
export function timeUntil(ms) {
  const seconds = Math.ceil(ms / 1000);
  if (seconds <= 0) return t("in-no-time");
  if (seconds < 100) return t("in-seconds", { count: seconds });
  return t("in-minutes", { count: Math.ceil(seconds / 60) });
}
