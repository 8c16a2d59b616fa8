/** What the user can do, apart from going somewhere. */
import { fieldOf } from "./errors.js";
import * as ipc from "./ipc.js";
import { afterSignIn, updateTimeline } from "./navigate.js";
import { addNotice, changed, editForm, state } from "./store.js";

/** @typedef {import("./store.js").UiError} UiError */

/**
 * The error of a command, or null.
 *
 * @param {Promise<unknown>} command
 * @returns {Promise<UiError | null>}
 */
export async function outcome(command) {
  try {
    await command;
    return null;
  } catch (error) {
    return /** @type {UiError} */ (error);
  }
}

/**
 * Shows an error of a command that has no place of its own on the page.
 *
 * @param {Promise<unknown>} command
 */
export async function orNotice(command) {
  const error = await outcome(command);
  if (error) addNotice(error);
}

/** @param {ipc.SignInWay} way */
export async function signIn(way) {
  const { server, joinLobby, shared } = state.form;
  if (state.form.sent) return;
  editForm({ error: null, way: way.way, sent: true });
  const error = await outcome(ipc.signIn(server.trim(), way, joinLobby, shared));
  editForm({ error, sent: false });
  if (error) {
    // What is wrong with the server is its answer, whatever it was before.
    if (fieldOf(error) === "server") {
      const fields = state.form.asked?.fields ?? false;
      editForm({ asked: { server: server.trim(), offer: null, error, fields } });
    }
    return void askServer(error.kind === "serverNoPassword");
  }
  editForm({ user: "", password: "", token: "", creating: false });
  afterSignIn();
}

/**
 * Asks the server in the sign-in form what it offers. What it said before is asked for anew only
 * where that is wanted.
 *
 * @param {boolean} [again]
 */
export async function askServer(again = false) {
  const server = state.form.server.trim();
  const before = state.form.asked;
  if (server === "" || (before?.server === server && !again)) return;
  const asked = { server, offer: null, error: null, fields: before?.fields ?? false };
  editForm({ asked });
  /** @type {Partial<import("./store.js").SignInForm>} */
  let answer;
  try {
    const offer = await ipc.discover(server);
    answer = { asked: { server, offer, error: null, fields: offer.password } };
    // Whoever gave a full Matrix address has given the user name as well.
    if (server.startsWith("@")) answer = withId(server, offer);
  } catch (error) {
    answer = { asked: { ...asked, error: /** @type {UiError} */ (error) } };
  }
  // The answer to an older question is nobody's business any more.
  if (state.form.asked === asked) editForm(answer);
}

/**
 * @param {string} id
 * @param {ipc.ServerOffer} offer
 */
function withId(id, offer) {
  const { server } = offer;
  return { server, user: state.form.user || id, asked: { server, offer, error: null, fields: offer.password } };
}

/** What the server in the form said; null while it is not known. */
export function serverAnswer() {
  const { server, asked } = state.form;
  return asked?.server === server.trim() ? asked : null;
}

/**
 * Leaves rooms. How far it is shows in the list of rooms, which they go from.
 *
 * @param {import("./store.js").RoomRow[]} rooms
 */
export async function leaveSeveral(rooms) {
  const leaving = { rooms, done: false, error: /** @type {UiError | null} */ (null) };
  state.leaving = leaving;
  changed("leaving");
  leaving.error = await outcome(ipc.leaveRooms(rooms.map(({ roomId }) => roomId)));
  leaving.done = true;
  changed("leaving");
}

export const cancelSignIn = () => orNotice(ipc.cancelSignIn());

/** @param {string} href */
export const openLink = (href) => orNotice(ipc.openLink(href));

/**
 * Fetches earlier messages of the open room.
 *
 * @returns {Promise<UiError | null>}
 */
export async function loadEarlier() {
  const { timeline } = state;
  if (!timeline) return null;
  return outcome(ipc.loadEarlier().then((complete) => updateTimeline(timeline, { complete })));
}

/**
 * Copies text; answers whether that worked.
 *
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
