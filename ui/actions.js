/** What the user can do, apart from going somewhere. */
import * as ipc from "./ipc.js";
import { afterSignIn, updateTimeline } from "./navigate.js";
import { addNotice, editForm, state } from "./store.js";

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

export async function signIn() {
  const { server, user, password, joinLobby } = state.form;
  editForm({ error: null });
  const error = await outcome(ipc.signIn(server.trim(), user.trim(), password, joinLobby));
  if (error) return editForm({ error });
  editForm({ user: "", password: "" });
  afterSignIn();
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
