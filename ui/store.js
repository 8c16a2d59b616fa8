/**
 * What the window shows. Everything the user would miss comes from Rust and is only copied here;
 * the window's own part is which page is open and what stands in the sign-in form.
 *
 * @typedef {import("./bindings/Update.ts").Update} Update
 * @typedef {import("./bindings/StartInfo.ts").StartInfo} StartInfo
 * @typedef {import("./bindings/GuidePage.ts").GuidePage} GuidePage
 * @typedef {import("./bindings/Session.ts").Session} Session
 * @typedef {import("./bindings/SyncState.ts").SyncState} SyncState
 * @typedef {import("./bindings/CatalogueEntry.ts").CatalogueEntry} CatalogueEntry
 * @typedef {import("./bindings/JoinState.ts").JoinState} JoinState
 * @typedef {import("./bindings/JoinPlan.ts").JoinPlan} JoinPlan
 * @typedef {import("./bindings/PlannedRoom.ts").PlannedRoom} PlannedRoom
 * @typedef {import("./bindings/RoomRow.ts").RoomRow} RoomRow
 * @typedef {import("./bindings/Invitation.ts").Invitation} Invitation
 * @typedef {import("./bindings/TimelineItem.ts").TimelineItem} TimelineItem
 * @typedef {import("./bindings/UiError.ts").UiError} UiError
 * @typedef {import("./bindings/ServerOffer.ts").ServerOffer} ServerOffer
 * @typedef {import("./bindings/PastedAddress.ts").PastedAddress} PastedAddress
 *
 * @typedef {{ page: "welcome" }
 *   | { page: "guide", id: string }
 *   | { page: "rooms" }
 *   | { page: "pick" }
 *   | { page: "leave" }
 *   | { page: "signIn" }
 *   | { page: "arrive", alias: string }
 *   | { page: "room", roomId: string }
 *   | { page: "invitation", roomId: string }
 *   | { page: "settings", part?: "remove" }} View
 *
 * @typedef {object} SignInForm
 * @property {string} server
 * @property {string} user
 * @property {string} password
 * @property {string} token what a server wants to see before it makes an account
 * @property {boolean} joinLobby
 * @property {boolean} shared others use this computer
 * @property {boolean} creating the form is for a new account
 * @property {Asked | null} asked
 * @property {import("./ipc.js").SignInWay["way"] | null} way the way last taken
 * @property {boolean} sent a sign-in was asked for and not answered
 * @property {string | null} then the alias of the room to go to afterwards
 * @property {Choice | null} choice the rooms to join afterwards
 * @property {UiError | null} error
 *
 * @typedef {{ picks: string[], rest: string[] }} Choice rooms to join, and those to join after them
 *
 * @typedef {object} Leaving rooms that are being left, or were
 * @property {RoomRow[]} rooms
 * @property {boolean} done
 * @property {UiError | null} error what the first that could not be left met with
 *
 * @typedef {object} Asked a question to a server, what it offers, and the answer; neither of the two while it is awaited
 * @property {string} server as typed
 * @property {ServerOffer | null} offer
 * @property {UiError | null} error
 * @property {boolean} fields there are fields for user name and password on the page
 *
 * @typedef {object} OpenTimeline
 * @property {string} roomId
 * @property {TimelineItem[]} items
 * @property {boolean} ready the first update has come
 * @property {boolean} complete the beginning of the room is reached
 * @property {string | null} draft null until Rust has answered
 * @property {UiError | null} error
 *
 * @typedef {{ id: number, error: UiError }} Notice
 *
 * @typedef {{ from: "text" | "link" | "message" | "command", read: PastedAddress }} Address what was pasted, handed
 *   over by the system, or named in a message or a command
 *
 * @typedef {"start" | "guide" | "session" | "sync" | "catalogue" | "joins" | "plan" | "rooms"
 *   | "invitations" | "timeline" | "notices" | "view" | "form" | "address" | "picked" | "leaving"} Topic
 */
import { applyDiffs } from "./diff.js";

export const state = {
  start: /** @type {StartInfo | null} */ (null),
  pages: /** @type {GuidePage[]} */ ([]),
  session: /** @type {Session} */ ({ state: "restoring" }),
  sync: /** @type {SyncState} */ ("idle"),
  catalogue: /** @type {CatalogueEntry[]} */ ([]),
  joins: /** @type {Map<string, JoinState>} */ (new Map()),
  /** Why rooms did not even come into the plan, by the address they were asked for by. */
  refused: /** @type {Map<string, UiError>} */ (new Map()),
  plan: /** @type {JoinPlan} */ ({
    rooms: [],
    total: 0,
    done: 0,
    failed: 0,
    doing: { doing: "finished" },
    left: null,
    paused: false,
  }),
  invitations: /** @type {Invitation[]} */ ([]),
  /** Those that the user is in, and those that somebody removed them from. */
  rooms: /** @type {RoomRow[]} */ ([]),
  roomsReady: false,
  timeline: /** @type {OpenTimeline | null} */ (null),
  notices: /** @type {Notice[]} */ ([]),
  address: /** @type {Address | null} */ (null),
  /** Servers that may know a room, by the room's address: what the links said that led to it. */
  via: /** @type {Map<string, string[]>} */ (new Map()),
  /** The aliases of the rooms that are chosen to be joined together. */
  picked: /** @type {ReadonlySet<string>} */ (new Set()),
  leaving: /** @type {Leaving | null} */ (null),
  view: /** @type {View} */ ({ page: "welcome" }),
  form: /** @type {SignInForm} */ ({
    server: "",
    user: "",
    password: "",
    token: "",
    joinLobby: true,
    shared: false,
    creating: false,
    asked: null,
    way: null,
    sent: false,
    then: null,
    choice: null,
    error: null,
  }),
};

/** Rows and messages belong to an account: in these states there are none to show. */
const WITHOUT_ROOMS = new Set(["signedOut", "expired", "locked"]);

/** @typedef {(topics: ReadonlySet<Topic>) => void} Listener */
/** @type {Set<Listener>} */
const listeners = new Set();

/**
 * @param {Listener} listener
 * @returns {() => void} ends it
 */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {Topic[]} topics */
export function changed(...topics) {
  const set = new Set(topics);
  for (const listener of listeners) listener(set);
}

/**
 * Takes over one update from Rust.
 *
 * @param {Update} update
 */
export function apply(update) {
  switch (update.type) {
    case "session":
      state.session = update.session;
      if (WITHOUT_ROOMS.has(update.session.state)) forgetRooms();
      prefill(update.session);
      return changed("session", "form");
    case "sync":
      state.sync = update.sync;
      return changed("sync");
    case "catalogue":
      // Everybody begins in the Lobby.
      if (state.catalogue.length === 0) state.picked = new Set(lobbyOf(update.entries));
      state.catalogue = update.entries;
      // The benchmark of the list begins and ends by what the page itself has noted.
      performance.mark("catalogue");
      return changed("catalogue", "picked");
    case "joins":
      state.joins = new Map(update.joins.map((join) => [join.alias, join.state]));
      return changed("joins");
    case "joinPlan":
      state.plan = update.plan;
      return changed("plan");
    case "invitations":
      state.invitations = update.invitations;
      return changed("invitations");
    case "rooms":
      applyDiffs(state.rooms, update.diffs);
      state.roomsReady = true;
      return changed("rooms");
    case "timeline":
      // Rust may open a conversation by itself. What comes late for one that was left begins nothing.
      if (state.timeline === null && update.diffs[0]?.op === "reset") state.timeline = newTimeline(update.roomId);
      if (state.timeline?.roomId !== update.roomId) return;
      applyDiffs(state.timeline.items, update.diffs);
      state.timeline.ready = true;
      return changed("timeline");
    case "link":
      return setAddress({ from: "link", read: update.address });
    case "notice":
      return addNotice(update.error);
  }
}

/** @param {CatalogueEntry[]} entries */
const lobbyOf = (entries) => entries.filter(({ key }) => key === "lobby").map(({ alias }) => alias);

function forgetRooms() {
  state.leaving = null;
  state.invitations = [];
  state.rooms = [];
  state.roomsReady = false;
  state.timeline = null;
  state.refused.clear();
  state.via.clear();
  state.picked = new Set(lobbyOf(state.catalogue));
  changed("invitations", "rooms", "timeline", "joins", "leaving", "picked");
}

/**
 * Puts into the form what is known of a sign-in to be done again, unless the user has begun.
 *
 * @param {Session} session
 */
function prefill(session) {
  const { form } = state;
  if (form.user !== "") return;
  if (session.state === "signedOut" && session.unfinished) {
    form.server = session.unfinished.server;
    form.user = session.unfinished.user;
  } else if (session.state === "expired") {
    form.server = session.server;
    form.user = session.userId;
  }
}

/** @param {Address | null} address */
export function setAddress(address) {
  dropVia(state.address);
  state.address = address;
  const meaning = address?.read.meaning;
  if (meaning?.kind === "room" && meaning.via.length > 0) state.via.set(meaning.address, meaning.via);
  changed("address");
}

/**
 * The servers that a link brings are for what the user does about this link: another way to the same room
 * does not ask them.
 *
 * @param {Address | null} address
 */
function dropVia(address) {
  const meaning = address?.read.meaning;
  if (meaning?.kind !== "room") return;
  const { view, form, joins } = state;
  const wanted =
    joins.has(meaning.address) ||
    form.then === meaning.address ||
    (view.page === "arrive" && view.alias === meaning.address);
  if (!wanted) state.via.delete(meaning.address);
}

let noticeCount = 0;

/**
 * Shows something that is no answer on the open page; the same thing twice is one notice.
 *
 * @param {UiError} error
 */
export function addNotice(error) {
  const same = (/** @type {Notice} */ notice) =>
    notice.error.kind === error.kind && notice.error.detail === error.detail;
  state.notices = [...state.notices.filter((notice) => !same(notice)), { id: ++noticeCount, error }];
  changed("notices");
}

/** @param {number} id */
export function dropNotice(id) {
  state.notices = state.notices.filter((notice) => notice.id !== id);
  changed("notices");
}

/**
 * Chooses a room to be joined with others, or takes it off again.
 *
 * @param {string} alias
 * @param {boolean} chosen
 */
export function pick(alias, chosen) {
  const others = [...state.picked].filter((other) => other !== alias);
  state.picked = new Set(chosen ? [...others, alias] : others);
  changed("picked");
}

/** @param {Partial<SignInForm>} fields */
export function editForm(fields) {
  Object.assign(state.form, fields);
  changed("form");
}

/**
 * @param {string} roomId
 * @returns {OpenTimeline}
 */
export const newTimeline = (roomId) => ({
  roomId,
  items: [],
  ready: false,
  complete: false,
  draft: null,
  error: null,
});

/** @param {string} key */
export const entryByKey = (key) => state.catalogue.find((entry) => entry.key === key);

/** @param {string} alias */
export const entryByAlias = (alias) => state.catalogue.find((entry) => entry.alias === alias);

/** @param {string} roomId */
export const roomById = (roomId) => state.rooms.find((room) => room.roomId === roomId);

/**
 * Whether the user is in a room, and was not removed from it.
 *
 * @param {RoomRow} room
 */
export const isIn = ({ closed }) => closed?.why !== "removed";

/**
 * The room of that address in the plan of the joins.
 *
 * @param {string} address alias or room id
 */
export const plannedRoom = (address) =>
  state.plan.rooms.find(({ alias, roomId }) => alias === address || roomId === address);

/** @param {string} key */
export const isJoined = (key) => {
  const entry = entryByKey(key);
  return entry !== undefined && state.joins.get(entry.alias)?.state === "joined";
};
