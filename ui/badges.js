/** What is known of who sees a room, in words; the part of it that fits on badges. */
import { isolate, t } from "./l10n.js";

/** @typedef {import("./store.js").CatalogueEntry} Entry */
/** @typedef {import("./store.js").RoomRow} RoomRow */
/** @typedef {import("./bindings/JoinRule.ts").JoinRule} JoinRule */
/** @typedef {import("./bindings/LastMessage.ts").LastMessage} LastMessage */

/** A room is busy while somebody has written within that time. */
export const BUSY_MS = 2 * 24 * 60 * 60 * 1000;

/** A room is quiet when nobody has written for that long. */
export const QUIET_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * @typedef {object} Known what there is to be told of a room; null where it is not known
 * @property {"room" | "space" | "list"} source who says so: the room itself, Galaxy's Space, or the app's own list
 * @property {JoinRule | null} joinRule
 * @property {boolean | null} worldReadable
 * @property {boolean | null} encrypted
 * @property {string[] | null} bridged
 * @property {string | null} server
 * @property {LastMessage | null} lastMessage
 *
 * @typedef {"public" | "door" | "invite" | "eye" | "locked" | "unlocked" | "bridge" | "server" | "busy" | "quiet"} Shape
 *
 * @typedef {object} Fact
 * @property {string} term what it is about
 * @property {string} words all there is to say
 * @property {{ shape: Shape, label: string } | null} badge the same in a word or two; null where it goes without saying
 */

/**
 * What is known of a room: what it says itself where it is joined, otherwise what is said of it.
 *
 * @param {Entry | null} entry
 * @param {RoomRow | null} room
 * @returns {Known}
 */
export function known(entry, room) {
  if (room) return { ...room, source: "room" };
  const server = entry ? (entry.alias.split(/:(.*)/s)[1] ?? null) : null;
  const nothing = { joinRule: null, worldReadable: null, encrypted: null, bridged: null, lastMessage: null };
  return { ...nothing, ...entry?.live, server, source: entry?.live ? "space" : "list" };
}

/**
 * @param {Known} room
 * @param {number} [now]
 * @returns {Fact[]}
 */
export const factsOf = (room, now = Date.now()) => [
  join(room),
  history(room),
  encryption(room),
  bridges(room),
  server(room),
  activity(room, now),
];

/**
 * @param {Known} room
 * @returns {Fact}
 */
function join({ joinRule }) {
  const term = t("who-join");
  if (joinRule === null || joinRule === "unknown") return { term, words: t("who-unknown"), badge: null };
  const shape = joinRule === "public" || joinRule === "invite" ? joinRule : "door";
  return { term, words: t(`who-join-${joinRule}`), badge: { shape, label: t(`badge-join-${joinRule}`) } };
}

/**
 * @param {Known} room
 * @returns {Fact}
 */
function history({ worldReadable, joinRule }) {
  const term = t("who-history");
  if (worldReadable) return { term, words: t("who-history-world"), badge: { shape: "eye", label: t("badge-history") } };
  if (worldReadable === null || joinRule === null) return { term, words: t("who-unknown"), badge: null };
  return { term, words: t(joinRule === "public" ? "who-history-members" : "who-history-closed"), badge: null };
}

/**
 * @param {Known} room
 * @returns {Fact}
 */
function encryption({ encrypted, joinRule }) {
  const term = t("who-encryption");
  if (encrypted === null) return { term, words: t("who-unknown"), badge: null };
  if (encrypted) return { term, words: t("who-encrypted"), badge: { shape: "locked", label: t("badge-encrypted") } };
  const words = t(joinRule === "public" ? "who-not-encrypted" : "who-not-encrypted-closed");
  return { term, words, badge: { shape: "unlocked", label: t("badge-not-encrypted") } };
}

/**
 * @param {Known} room
 * @returns {Fact}
 */
function bridges({ bridged }) {
  const term = t("who-bridges");
  if (bridged === null) return { term, words: t("who-unknown"), badge: null };
  if (bridged.length === 0) return { term, words: t("who-bridges-none"), badge: null };
  const names = bridged.map(isolate).join(", ");
  return { term, words: t("who-bridges-some", { names }), badge: { shape: "bridge", label: t("badge-bridged") } };
}

/**
 * @param {Known} room
 * @returns {Fact}
 */
function server({ server: name }) {
  const term = t("who-server");
  if (name === null) return { term, words: t("who-unknown"), badge: null };
  return { term, words: t("who-server-text", { server: isolate(name) }), badge: { shape: "server", label: name } };
}

/**
 * @param {Known} room
 * @param {number} now
 * @returns {Fact}
 */
function activity({ lastMessage }, now) {
  const term = t("who-activity");
  const age = lastMessage === null ? 0 : now - lastMessage.timeMs;
  if (age > QUIET_MS) return { term, words: t("who-activity-quiet"), badge: { shape: "quiet", label: t("badge-quiet") } };
  // Where it is only known that nobody has written since, it may have been long before.
  if (lastMessage?.known !== "at") return { term, words: t("who-unknown"), badge: null };
  if (age > BUSY_MS) return { term, words: t("who-activity-some"), badge: null };
  return { term, words: t("who-activity-busy"), badge: { shape: "busy", label: t("badge-busy") } };
}
