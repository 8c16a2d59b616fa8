/**
 * The plan of the joins, in words.
 *
 * @typedef {import("./store.js").JoinPlan} JoinPlan
 * @typedef {import("./store.js").PlannedRoom} PlannedRoom
 * @typedef {import("./bindings/TimeLeft.ts").TimeLeft} TimeLeft
 */
import { isolate, t } from "./l10n.js";

const MINUTE = 60_000;

/** From here on hours are what people count in. */
const MANY_MINUTES = 90;

/** @param {JoinPlan} plan */
export const isFinished = ({ doing }) => doing.doing === "finished";

/**
 * Whether there is more to tell than the card of a single room does.
 *
 * @param {JoinPlan} plan
 */
export function hasNews({ rooms, paused, doing }) {
  const held = paused || doing.doing === "waitingForServer" || doing.doing === "waitingForNetwork";
  return rooms.length > 1 || (rooms.length === 1 && held);
}

/**
 * What is known of the rooms together.
 *
 * @param {JoinPlan} plan
 */
export function headline(plan) {
  const { total, done, failed } = plan;
  if (!isFinished(plan)) return t("joins-running", { done, total });
  return failed > 0 ? t("joins-finished-failed", { done, failed }) : t("joins-finished", { done });
}

/**
 * How long the rest takes, as a range; it narrows as more is known.
 *
 * @param {TimeLeft} left
 */
export function timeLeft({ lowMs, highMs }) {
  if (highMs < MINUTE) return t("joins-left-seconds");
  const high = Math.ceil(highMs / MINUTE);
  const low = Math.min(Math.max(Math.round(lowMs / MINUTE), 1), high);
  if (high > MANY_MINUTES) return range("joins-left-hours", Math.max(Math.round(low / 60), 1), Math.ceil(high / 60));
  return range("joins-left-minutes", low, high);
}

/**
 * @param {string} id
 * @param {number} low
 * @param {number} high
 */
const range = (id, low, high) => (low === high ? t(id, { count: high }) : t(`${id}-range`, { low, high }));

/** The rooms that are still to come. @param {JoinPlan} plan */
export const coming = ({ rooms }) => rooms.filter(({ state }) => !SETTLED.has(state.state));

/** The rooms that could not be joined. @param {JoinPlan} plan */
export const failures = ({ rooms }) => rooms.filter(({ state }) => state.state === "failed" && !hasMoved(state.problem));

/** The rooms that say that people meet in another one. @param {JoinPlan} plan */
export const moved = ({ rooms }) => rooms.filter(({ state }) => state.state === "failed" && hasMoved(state.problem));

/**
 * Whether the user is in the room all the same.
 *
 * @param {import("./bindings/JoinProblem.ts").JoinProblem} problem
 */
export const hasMoved = ({ problem }) => problem === "replaced" || problem === "moved";

const SETTLED = new Set(["joined", "alreadyIn", "failed"]);

/** So many parts of the way are told to those who only listen. */
const PARTS = 4;

/**
 * What there is to say between two states of the plan to somebody who only listens: neither each room nor each second,
 * but how it goes on.
 *
 * @param {JoinPlan} before
 * @param {JoinPlan} plan
 * @returns {string} empty where there is nothing
 */
export function newsOf(before, plan) {
  if (!hasNews(plan)) return "";
  if (isFinished(plan)) return isFinished(before) ? "" : headline(plan);
  const known = new Set(failures(before).map(({ id }) => id));
  const failed = failures(plan).find(({ id }) => !known.has(id));
  if (failed) return t("joins-say-failed", { room: isolate(failed.name) });
  const { doing } = plan;
  if (doing.doing !== before.doing.doing) {
    if (doing.doing === "paused") return t("joins-doing-paused");
    if (doing.doing === "waitingForNetwork") return t("joins-doing-waitingForNetwork");
  }
  const wasLong = before.doing.doing === "waitingForServer" && before.doing.long;
  if (doing.doing === "waitingForServer" && doing.long && !wasLong) return t("joins-say-long");
  return part(plan) > part(before) || before.rooms.length <= 1 ? headline(plan) : "";
}

/** @param {JoinPlan} plan */
const part = ({ done, total }) => (total === 0 ? 0 : Math.floor((PARTS * done) / total));
