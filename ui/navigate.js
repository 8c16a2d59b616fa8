/** Which page is open, and the rules by which one leads to another. */
import * as ipc from "./ipc.js";
import { inTime } from "./time-limit.js";
import {
  addNotice,
  changed,
  entryByAlias,
  entryByKey,
  isIn,
  newTimeline,
  plannedRoom,
  roomById,
  setAddress,
  state,
} from "./store.js";

/**
 * @typedef {import("./store.js").View} View
 * @typedef {import("./store.js").Update} Update
 * @typedef {import("./store.js").UiError} UiError
 */

/** Where the open page survives a reload; it ends with the window. */
const KEPT = "view";

/** What there is nothing to see of without an account. */
const NEED_ACCOUNT = new Set(["room", "arrive", "leave", "invitation"]);

/** Whether the user has been anywhere yet; until then the app may choose the page. */
let settled = false;

/** What the session was before its last change. */
let sessionBefore = state.session.state;

/**
 * The room commands go one after the other, so that closing never overtakes opening. Each gives way to the next
 * when its time is over.
 */
let roomCommands = Promise.resolve();

/** The longest that one of them holds up the next. Opening reads the local copy of one room, and asks no server. */
const ROOM_COMMAND_TIMEOUT_MS = 30_000;

/** Puts closing the open room behind the commands under way. */
function closeRoom() {
  roomCommands = roomCommands.then(() => inTime(ipc.closeRoom(), ROOM_COMMAND_TIMEOUT_MS)).then(ignore, ignore);
}

/**
 * Opens a page.
 *
 * @param {View} view
 */
export function show(view) {
  settled = true;
  const before = state.view;
  state.view = view;
  sessionStorage.setItem(KEPT, JSON.stringify(view));
  if (view.page !== "rooms") setAddress(null);
  if (view.page === "room") {
    if (before.page !== "room" || before.roomId !== view.roomId) openTimeline(view.roomId);
  } else if (state.timeline) {
    state.timeline = null;
    closeRoom();
  }
  changed("view", "timeline");
}

/** Opens the page that was open before a reload, where there is still one to open. */
export function restore() {
  const kept = sessionStorage.getItem(KEPT);
  if (kept === null) return;
  const view = /** @type {View} */ (JSON.parse(kept));
  if (!NEED_ACCOUNT.has(view.page) || state.session.state === "signedIn") show(view);
}

/** Whoever reads and scrolls has settled on the page they see. */
export function settle() {
  settled = true;
}

/**
 * Goes on with what Rust has told of the conversation already.
 *
 * @param {string} roomId
 */
export function openTimeline(roomId) {
  const told = state.timeline?.roomId === roomId && !state.timeline.error ? state.timeline : null;
  const timeline = told ?? newTimeline(roomId);
  state.timeline = timeline;
  // A conversation that is open in Rust, but not known here, has to begin anew to be told.
  if (!told) closeRoom();
  roomCommands = roomCommands.then(() => openRoom(timeline));
}

/**
 * @param {import("./store.js").OpenTimeline} timeline
 * @returns {Promise<void>} when it is open or failed, or its time is over
 */
function openRoom(timeline) {
  const opening = ipc.openRoom(timeline.roomId);
  // An answer that comes late is as good.
  opening.then(({ draft }) => updateTimeline(timeline, { draft, error: null }), ignore);
  return inTime(opening, ROOM_COMMAND_TIMEOUT_MS).then(
    ignore,
    (/** @type {UiError} */ error) => updateTimeline(timeline, { error }),
  );
}

/**
 * Answers can come after the user has gone on to another room.
 *
 * @param {import("./store.js").OpenTimeline} timeline
 * @param {Partial<import("./store.js").OpenTimeline>} fields
 */
export function updateTimeline(timeline, fields) {
  Object.assign(timeline, fields);
  if (state.timeline === timeline) changed("timeline");
}

/**
 * Shows what an address means: a room's card, from which it can be joined or opened.
 *
 * @param {string} link
 * @param {"message" | "command"} from where it is named
 * @returns {Promise<UiError | null>} why it could not be read
 */
export async function showAddress(link, from) {
  try {
    const read = await ipc.readAddress(link);
    setAddress({ from, read });
    show({ page: "rooms" });
    return null;
  } catch (error) {
    return /** @type {UiError} */ (error);
  }
}

/** @param {string} link of a room that a message names */
export async function showNamedRoom(link) {
  const error = await showAddress(link, "message");
  if (error) addNotice(error);
}

/** @param {string} id */
export const showGuide = (id) => show({ page: "guide", id });

/**
 * How far joining is. A room that has no alias may have been joined in another run.
 *
 * @param {string} address alias or room id
 * @returns {import("./store.js").JoinState | undefined}
 */
export function joinOf(address) {
  const room = roomById(address);
  const alias = plannedRoom(address)?.alias ?? address;
  const join = state.joins.get(address) ?? state.joins.get(alias);
  return join ?? (room && isIn(room) ? { state: "joined", roomId: address } : undefined);
}

/**
 * Leads to a room by way of whatever is still to be done: sign in, join, open.
 *
 * @param {string} alias or room id
 */
export function goToRoom(alias) {
  const join = joinOf(alias);
  if (join?.state === "joined" && !isSpace(alias, join.roomId)) {
    show({ page: "room", roomId: join.roomId });
  } else if (state.session.state !== "signedIn") {
    showSignIn(alias);
  } else {
    show({ page: "arrive", alias });
    if (join?.state !== "joined") void joinRoom(alias);
  }
}

/** @param {string | null} [then] the alias of the room to go to afterwards */
export function showSignIn(then = null) {
  state.form.then = then;
  show({ page: "signIn" });
  changed("form");
}

/**
 * Puts a room into the plan of the joins. How far it is comes with the updates; that it did not come
 * into the plan is known here only.
 *
 * @param {string} address alias or room id
 */
export async function joinRoom(address) {
  if (state.refused.delete(address)) changed("joins");
  try {
    await ipc.join(address, state.via.get(address) ?? []);
  } catch (error) {
    state.refused.set(address, /** @type {UiError} */ (error));
    changed("joins");
  }
}

/** Where to go when a sign-in has succeeded. */
export function afterSignIn() {
  const { form, view } = state;
  const { then, choice } = form;
  form.then = null;
  form.choice = null;
  if (choice) void joinAfterSignIn(choice);
  if (view.page !== "signIn") return;
  if (then !== null) return goToRoom(then);
  const first = entryByKey("lobby");
  const lobby = form.joinLobby || choice?.picks.includes(first?.alias ?? "") ? first : undefined;
  // Joining the Lobby is the app's own doing at this point; the window waits for it.
  show(lobby ? { page: "arrive", alias: lobby.alias } : { page: "rooms" });
  followJoins();
}

/**
 * Puts the rooms of a choice into the plan of the joins. Those that did not come there stay chosen.
 *
 * @param {import("./store.js").Choice} choice
 * @returns {Promise<UiError | null>}
 */
export async function joinChosen({ picks, rest }) {
  try {
    await ipc.joinRooms(picks, rest);
  } catch (error) {
    return /** @type {UiError} */ (error);
  }
  state.picked = new Set([...state.picked].filter((alias) => !picks.includes(alias) && !rest.includes(alias)));
  changed("picked");
  return null;
}

/** @param {import("./store.js").Choice} choice */
async function joinAfterSignIn(choice) {
  const error = await joinChosen(choice);
  if (error) addNotice(error);
}

/**
 * The rules that an update can set off.
 *
 * @param {Update} update
 */
export function follow(update) {
  if (update.type === "joins") followJoins();
  // It is shown, and the rest is for the user to do.
  if (update.type === "link") show({ page: "rooms" });
  if (update.type === "session") followSession();
  if (update.type === "rooms") {
    followRooms();
    followJoins();
  }
}

function followJoins() {
  const { view, session } = state;
  if (view.page === "arrive") openWhenJoined(view.alias);
  const lobby = entryByKey("lobby");
  if (!settled && session.state === "signedIn" && lobby) openWhenJoined(lobby.alias);
}

/** @param {string} alias */
function openWhenJoined(alias) {
  const join = joinOf(alias);
  // Its name comes with the list of rooms, which may be a moment behind.
  if (join?.state !== "joined" || !roomById(join.roomId) || isSpace(alias, join.roomId)) return;
  show({ page: "room", roomId: join.roomId });
}

/**
 * A Space holds no conversation that could be opened.
 *
 * @param {string} alias
 * @param {string} roomId
 */
const isSpace = (alias, roomId) => (entryByAlias(alias) ?? roomById(roomId))?.kind === "space";

function followSession() {
  const { view, session } = state;
  // Whoever asked for a room before a saved sign-in was open is taken there.
  const opened = session.state === "signedIn" && (sessionBefore === "restoring" || sessionBefore === "locked");
  if (opened && (state.form.then !== null || state.form.choice)) afterSignIn();
  sessionBefore = session.state;
  if (session.state === "signedIn") followJoins();
  const gone = session.state === "signedOut" || session.state === "expired";
  if (gone && NEED_ACCOUNT.has(view.page)) show({ page: "welcome" });
}

/** A page of a room that is not there yet shows it as soon as it comes. */
function followRooms() {
  const { view, timeline } = state;
  if (view.page === "room" && timeline?.error?.kind === "roomNotJoined" && roomById(view.roomId)) {
    openTimeline(view.roomId);
  }
}

function ignore() {}
