/**
 * Turns the items of a conversation into the rows that are drawn: messages of one sender close
 * together share a head, runs of comings and goings become one row.
 *
 * @typedef {import("./bindings/TimelineItem.ts").TimelineItem} TimelineItem
 * @typedef {Extract<TimelineItem, { kind: "message" }>} MessageItem
 * @typedef {Extract<TimelineItem, { kind: "membership" }>} MembershipItem
 *
 * @typedef {{ type: "message", id: string, item: MessageItem, head: boolean }} MessageRow
 * @typedef {{ type: "members", id: string, items: MembershipItem[] }} MembersRow
 * @typedef {{ type: "day", id: string, timeMs: number }} DayRow
 * @typedef {{ type: "marker" | "start" | "broken", id: string }} PlainRow
 * @typedef {MessageRow | MembersRow | DayRow | PlainRow} Row
 */
const GROUP_MS = 5 * 60 * 1000;

/**
 * @param {TimelineItem[]} items
 * @returns {Row[]}
 */
export function layOut(items) {
  /** @type {Row[]} */
  const rows = [];
  for (const item of items) {
    try {
      layOutItem(item, rows);
    } catch (fault) {
      console.error(fault);
      rows.push({ type: "broken", id: item?.id ?? `broken-${rows.length}` });
    }
  }
  return rows;
}

/**
 * @param {TimelineItem} item
 * @param {Row[]} rows those of the items before
 */
function layOutItem(item, rows) {
  const last = rows.at(-1);
  switch (item.kind) {
    case "message":
      rows.push({ type: "message", id: item.id, item, head: !continues(last, item) });
      break;
    case "membership":
      if (last?.type === "members") last.items.push(item);
      else rows.push({ type: "members", id: item.id, items: [item] });
      break;
    case "dayDivider":
      rows.push({ type: "day", id: item.id, timeMs: item.timeMs });
      break;
    case "readMarker":
      rows.push({ type: "marker", id: item.id });
      break;
    case "start":
      rows.push({ type: "start", id: item.id });
      break;
  }
}

/**
 * @param {Row | undefined} last
 * @param {MessageItem} item
 */
function continues(last, item) {
  if (last?.type !== "message") return false;
  const before = last.item.message;
  const { message } = item;
  return (
    before.sender.userId === message.sender.userId &&
    before.sender.name === message.sender.name &&
    message.timeMs - before.timeMs < GROUP_MS &&
    !before.emote &&
    !message.emote &&
    message.replyTo === null
  );
}

/**
 * @param {TimelineItem[]} items
 * @returns {MessageItem | undefined}
 */
export function newestMessage(items) {
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index];
    if (item?.kind === "message" && item.message) return item;
  }
  return undefined;
}

/**
 * One or two letters that stand for a name.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.replace(/^@/u, "").split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words.slice(0, 2).map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? "");
  return letters.join("").toUpperCase() || "?";
}

const AVATAR_COLOURS = 8;

/**
 * The same person has the same colour everywhere.
 *
 * @param {string} userId
 */
export function colourOf(userId) {
  let hash = 0;
  for (const character of userId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return `avatar-${hash % AVATAR_COLOURS}`;
}
