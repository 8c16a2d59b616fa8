/**
 * The window's side of the contract with Rust: one function a command, and no other file names
 * `__TAURI__`. Every function rejects with a `UiError`.
 *
 * @typedef {import("./bindings/Update.ts").Update} Update
 * @typedef {import("./bindings/StartInfo.ts").StartInfo} StartInfo
 * @typedef {import("./bindings/GuidePage.ts").GuidePage} GuidePage
 * @typedef {import("./bindings/OpenedRoom.ts").OpenedRoom} OpenedRoom
 * @typedef {import("./bindings/UiError.ts").UiError} UiError
 * @typedef {import("./bindings/ServerOffer.ts").ServerOffer} ServerOffer
 * @typedef {import("./bindings/SignInWay.ts").SignInWay} SignInWay
 * @typedef {import("./bindings/RegistrationAnswer.ts").RegistrationAnswer} RegistrationAnswer
 * @typedef {import("./bindings/AccountPage.ts").AccountPage} AccountPage
 * @typedef {import("./bindings/PastedAddress.ts").PastedAddress} PastedAddress
 * @typedef {import("./bindings/HandOff.ts").HandOff} HandOff
 *
 * @typedef {object} Tauri
 * @property {{ invoke: (command: string, args?: object) => Promise<any> }} core
 */

/** @returns {Tauri["core"]} */
const core = () => /** @type {{ __TAURI__: Tauri }} */ (/** @type {unknown} */ (window)).__TAURI__.core;

/**
 * Rejections that are no `UiError` come from the transport itself, never from a command.
 *
 * @param {string} command
 * @param {object} [args]
 * @returns {Promise<any>}
 */
async function invoke(command, args) {
  try {
    return await core().invoke(command, args);
  } catch (error) {
    throw isUiError(error) ? error : { kind: "internal", detail: String(error), words: null, retryAfterMs: null };
  }
}

/**
 * @param {unknown} error
 * @returns {error is UiError}
 */
function isUiError(error) {
  return typeof error === "object" && error !== null && "kind" in error;
}

/** What was asked before anybody could take the answer. @type {ReturnType<typeof ask> | null} */
let asked = null;

/** Asks for everything there is to show while the rest of the window is still being loaded. */
export function prepare() {
  asked = ask();
}

/** @returns {Promise<import("./bindings/Start.ts").Start>} */
const ask = () => invoke("subscribe");

/** Who is told of updates: the latest to subscribe. @type {((update: Update) => void) | null} */
let subscriber = null;

/**
 * Tells everything there is to show, and from then on every update.
 *
 * @param {(update: Update) => void} onUpdate
 * @param {() => void} onLost when updates may be missing
 * @returns {Promise<StartInfo>}
 */
export async function subscribe(onUpdate, onLost) {
  /** @param {Update} update */
  const subscribing = (update) => onUpdate(update);
  subscriber = subscribing;
  const answer = asked ?? ask();
  asked = null;
  const { info, updates } = await answer;
  pass(updates, subscribing);
  void listen(subscribing, onLost);
  return info;
}

/**
 * @param {(update: Update) => void} to
 * @param {() => void} onLost
 */
async function listen(to, onLost) {
  while (subscriber === to) {
    try {
      const updates = await invoke("updates");
      // There is nothing but where the queue was given up.
      if (updates.length === 0) break;
      pass(updates, to);
    } catch {
      break;
    }
  }
  if (subscriber === to) onLost();
}

/** Takes no more updates until the next [`subscribe`]. */
export function unsubscribe() {
  subscriber = null;
}

/**
 * Whoever finds that an update does not fit subscribes anew, and has no use for the rest.
 *
 * @param {Update[]} updates
 * @param {(update: Update) => void} to
 */
function pass(updates, to) {
  for (const update of updates) {
    if (subscriber === to) to(update);
  }
}

/** @returns {Promise<GuidePage[]>} */
export const guide = () => invoke("guide");

/**
 * @param {string} server
 * @returns {Promise<ServerOffer>}
 */
export const discover = (server) => invoke("discover", { server });

/**
 * @param {string} server
 * @param {SignInWay} way
 * @param {boolean} joinLobby
 * @param {boolean} shared
 * @returns {Promise<null>} when the user is signed in
 */
export const signIn = (server, way, joinLobby, shared) => invoke("sign_in", { server, way, joinLobby, shared });

/** @returns {Promise<null>} */
export const cancelSignIn = () => invoke("cancel_sign_in");

/** @returns {Promise<null>} */
export const openBrowserAgain = () => invoke("open_browser_again");

/**
 * @param {string} address
 * @returns {Promise<null>}
 */
export const pasteAddress = (address) => invoke("paste_address", { address });

/**
 * @param {RegistrationAnswer} answer
 * @returns {Promise<null>}
 */
export const answerRegistration = (answer) => invoke("answer_registration", { answer });

/**
 * @param {AccountPage} page
 * @returns {Promise<null>}
 */
export const openAccountPage = (page) => invoke("open_account_page", { page });

/** @returns {Promise<null>} */
export const signOut = () => invoke("sign_out");

/** @returns {Promise<null>} */
export const retrySavedSession = () => invoke("retry_saved_session");

/** @returns {Promise<null>} */
export const setAsideSavedSession = () => invoke("set_aside_saved_session");

/**
 * @param {"keyring" | "disk"} place
 * @returns {Promise<null>}
 */
export const keepSession = (place) => invoke("keep_session", { place });

/**
 * @param {string} room its alias or id
 * @param {string[]} via servers that may know it
 * @returns {Promise<null>} as soon as it is in the plan
 */
export const join = (room, via) => invoke("join", { room, via });

/**
 * @param {string[]} picks aliases or ids, in the order in which they are to be joined
 * @param {string[]} rest what is joined after them
 * @returns {Promise<null>} as soon as they are in the plan
 */
export const joinRooms = (picks, rest) => invoke("join_rooms", { picks, rest });

/**
 * @param {import("./bindings/JoinOrder.js").JoinOrder} order
 * @returns {Promise<null>}
 */
export const steerJoins = (order) => invoke("steer_joins", { order });

/**
 * Goes from a room to the one that it names as its successor.
 *
 * @param {string} roomId
 * @returns {Promise<string>} the successor's room ID; it is joined, or in the plan
 */
export const followSuccessor = (roomId) => invoke("follow_successor", { roomId });

/**
 * @param {string} roomId
 * @returns {Promise<null>}
 */
export const declineInvitation = (roomId) => invoke("decline_invitation", { roomId });

/**
 * Takes a room that the user was removed from off the list.
 *
 * @param {string} roomId
 * @returns {Promise<null>}
 */
export const forgetRoom = (roomId) => invoke("forget_room", { roomId });

/**
 * @param {string[]} roomIds
 * @returns {Promise<null>} when all are left
 */
export const leaveRooms = (roomIds) => invoke("leave_rooms", { roomIds });

/**
 * @param {string} roomId
 * @returns {Promise<OpenedRoom>}
 */
export const openRoom = (roomId) => invoke("open_room", { roomId });

/** @returns {Promise<null>} */
export const closeRoom = () => invoke("close_room");

/** @returns {Promise<boolean>} whether the beginning of the room is reached */
export const loadEarlier = () => invoke("load_earlier");

/**
 * @param {string} roomId
 * @param {string} text
 * @param {boolean} asText whether it is sent although it begins like a command
 * @returns {Promise<import("./bindings/Sending.ts").Sending>}
 */
export const sendMessage = (roomId, text, asText) => invoke("send_message", { roomId, text, asText });

/**
 * @param {string} itemId
 * @returns {Promise<null>}
 */
export const retryMessage = (itemId) => invoke("retry_message", { itemId });

/**
 * @param {string} itemId
 * @returns {Promise<null>}
 */
export const discardMessage = (itemId) => invoke("discard_message", { itemId });

/**
 * @param {string} roomId
 * @param {string} text
 * @returns {Promise<null>}
 */
export const saveDraft = (roomId, text) => invoke("save_draft", { roomId, text });

/**
 * The aliases of the rooms that fit, the best first.
 *
 * @param {string} query
 * @returns {Promise<string[]>}
 */
export const searchRooms = (query) => invoke("search_rooms", { query });

/**
 * What a text means that somebody pasted.
 *
 * @param {string} text
 * @returns {Promise<PastedAddress>}
 */
export const readAddress = (text) => invoke("read_address", { text });

/**
 * Where a room can be opened outside of this app, the place taken last in front.
 *
 * @returns {Promise<HandOff[]>}
 */
export const places = () => invoke("places");

/**
 * @param {string} place the id of one of the places
 * @param {string} room its alias or id
 * @returns {Promise<null>}
 */
export const handOff = (place, room) => invoke("hand_off", { place, room, via: [] });

/**
 * The link that opens a room for everybody.
 *
 * @param {string} room its alias or id
 * @returns {Promise<string>}
 */
export const roomLink = (room) => invoke("room_link", { room, via: [] });

/**
 * The same link for a phone's camera: dark and light fields, row by row.
 *
 * @param {string} room its alias or id
 * @returns {Promise<boolean[][]>}
 */
export const roomQr = (room) => invoke("room_qr", { room, via: [] });

/**
 * @param {string} roomId
 * @returns {Promise<null>}
 */
export const markRead = (roomId) => invoke("mark_read", { roomId });

/** @returns {Promise<import("./bindings/MatrixLinks.js").MatrixLinks>} whether this app opens `matrix:` links */
export const matrixLinks = () => invoke("matrix_links");

/**
 * @param {boolean} on
 * @returns {Promise<import("./bindings/MatrixLinks.js").MatrixLinks>} what holds then
 */
export const takeMatrixLinks = (on) => invoke("take_matrix_links", { on });

/**
 * @param {"system" | "light" | "dark"} theme
 * @returns {Promise<null>}
 */
export const keepTheme = (theme) => invoke("keep_theme", { theme });

/**
 * @param {string} href
 * @returns {Promise<null>}
 */
export const openLink = (href) => invoke("open_link", { href });
