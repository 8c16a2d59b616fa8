/** Which page is open, and the rules by which one leads to another. */
import * as ipc from "./ipc.js";
import {
  changed,
  entryByAlias,
  entryByKey,
  newTimeline,
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

/** Whether the user has been anywhere yet; until then the app may choose the page. */
let settled = false;

/** What the session was before its last change. */
let sessionBefore = state.session.state;

/** The room commands go one after the other, so that closing never overtakes opening. */
let roomCommands = Promise.resolve();

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
    roomCommands = roomCommands.then(ipc.closeRoom).then(ignore, ignore);
  }
  changed("view", "timeline");
}

/** Opens the page that was open before a reload, where there is still one to open. */
export function restore() {
  const kept = sessionStorage.getItem(KEPT);
  if (kept === null) return;
  const view = /** @type {View} */ (JSON.parse(kept));
  const needsAccount = view.page === "room" || view.page === "arrive";
  if (!needsAccount || state.session.state === "signedIn") show(view);
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
  if (!told) roomCommands = roomCommands.then(ipc.closeRoom).then(ignore, ignore);
  roomCommands = roomCommands
    .then(() => ipc.openRoom(roomId))
    .then(
      (opened) => updateTimeline(timeline, { draft: opened.draft }),
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

/** @param {string} id */
export const showGuide = (id) => show({ page: "guide", id });

/**
 * Leads to a room of the catalogue by way of whatever is still to be done: sign in, join, open.
 *
 * @param {string} alias
 */
export function goToRoom(alias) {
  const join = state.joins.get(alias);
  const kind = entryByAlias(alias)?.kind;
  if (join?.state === "joined" && kind !== "space") {
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

/** @param {string} alias */
export async function joinRoom(alias) {
  try {
    await ipc.join(alias, state.via.get(alias) ?? []);
  } catch (error) {
    // Where the reason is no answer of the room's, no update will bring it.
    if (state.joins.get(alias)?.state === "failed") return;
    state.joins.set(alias, { state: "failed", error: /** @type {UiError} */ (error) });
    changed("joins");
  }
}

/** Where to go when a sign-in has succeeded. */
export function afterSignIn() {
  const { form, view } = state;
  const then = form.then;
  form.then = null;
  if (view.page !== "signIn") return;
  if (then !== null) return goToRoom(then);
  const lobby = form.joinLobby ? entryByKey("lobby") : undefined;
  // Joining the Lobby is the app's own doing at this point; the window waits for it.
  show(lobby ? { page: "arrive", alias: lobby.alias } : { page: "rooms" });
  followJoins();
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
  const join = state.joins.get(alias);
  // Its name comes with the list of rooms, which may be a moment behind.
  if (join?.state !== "joined" || !roomById(join.roomId) || entryByAlias(alias)?.kind === "space") return;
  show({ page: "room", roomId: join.roomId });
}

function followSession() {
  const { view, session } = state;
  // Whoever asked for a room before a saved sign-in was open is taken there.
  const opened = session.state === "signedIn" && (sessionBefore === "restoring" || sessionBefore === "locked");
  if (opened && state.form.then !== null) afterSignIn();
  sessionBefore = session.state;
  if (session.state === "signedIn") followJoins();
  const gone = session.state === "signedOut" || session.state === "expired";
  if (gone && (view.page === "room" || view.page === "arrive")) show({ page: "welcome" });
}

/** A page of a room that is not there yet shows it as soon as it comes. */
function followRooms() {
  const { view, timeline } = state;
  if (view.page === "room" && timeline?.error?.kind === "roomNotJoined" && roomById(view.roomId)) {
    openTimeline(view.roomId);
  }
}

function ignore() {}
