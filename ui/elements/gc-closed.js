import { openLink, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { goToRoom, show } from "../navigate.js";
import { entryByKey, isIn, roomById, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/**
 * @typedef {import("../store.js").RoomRow} RoomRow
 * @typedef {import("../bindings/Closed.ts").Closed} Closed
 */

/** Where a question goes that no room takes. */
const FORUM = "https://help.galaxyproject.org";

/** Why nothing can be written in a room, and where to go instead. */
class GcClosed extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["rooms", "catalogue"]);
  static properties = { room: { attribute: false }, busy: { state: true }, error: { state: true } };

  constructor() {
    super();
    /** @type {RoomRow | null} */
    this.room = null;
    this.busy = false;
    /** What going on met with. @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  /** The room that busy and error are about. */
  #about = "";

  willUpdate() {
    const roomId = this.room?.roomId ?? "";
    if (roomId === this.#about) return;
    this.#about = roomId;
    this.busy = false;
    this.error = null;
  }

  render() {
    const { room } = this;
    if (!room?.closed) return nothing;
    const { closed } = room;
    const reason = closed.why === "readOnly" ? null : closed.reason;
    return html`<div class="closed" role="status">
      <p class="closed-what">${closedWords(closed)}</p>
      ${reason ? html`<p class="quoted">${t("closed-reason", { reason: isolate(reason) })}</p>` : nothing}
      <div class="actions">${this.#steps(room, closed)}</div>
      ${errorBox(this.error)}
    </div>`;
  }

  /**
   * @param {RoomRow} room
   * @param {Closed} closed
   */
  #steps(room, closed) {
    switch (closed.why) {
      case "replaced":
        return this.#button(t("closed-follow"), "button-primary", () => this.#follow(room));
      case "readOnly":
        return elsewhere(room);
      case "removed":
        return html`${closed.banned
          ? nothing
          : this.#button(t("closed-rejoin"), "", () => comeBack(room))}
        ${this.#button(t("closed-forget"), "", () => this.#forget(room))}`;
    }
  }

  /**
   * @param {string} words
   * @param {string} style
   * @param {() => unknown} act
   */
  #button(words, style, act) {
    return html`<button type="button" class="button ${style}" aria-disabled=${this.busy} @click=${() => !this.busy && act()}>
      ${words}
    </button>`;
  }

  /** @param {RoomRow} room */
  async #follow(room) {
    /** @type {import("../store.js").UiError | null} */
    let error = null;
    this.busy = true;
    try {
      const roomId = await ipc.followSuccessor(room.roomId);
      // Whoever has gone elsewhere meanwhile stays there.
      const { view } = state;
      if (view.page === "room" && view.roomId === room.roomId) goTo(roomId);
    } catch (refusal) {
      error = /** @type {import("../store.js").UiError} */ (refusal);
    }
    this.#end(room, error);
  }

  /** @param {RoomRow} room */
  async #forget(room) {
    this.busy = true;
    this.#end(room, await outcome(ipc.forgetRoom(room.roomId)));
  }

  /**
   * What came of it is said where it belongs.
   *
   * @param {RoomRow} room
   * @param {import("../store.js").UiError | null} error
   */
  #end(room, error) {
    if (room.roomId !== this.#about) return;
    this.busy = false;
    this.error = error;
  }
}

/** @param {string} roomId of a room that is joined, or in the plan */
function goTo(roomId) {
  const room = roomById(roomId);
  show(room && isIn(room) ? { page: "room", roomId } : { page: "arrive", alias: roomId });
}

/**
 * Joins a room again by its ID: its alias may lead elsewhere by now.
 *
 * @param {RoomRow} room
 */
function comeBack({ roomId, alias, server }) {
  const servers = [alias?.replace(/^[^:]*:/u, ""), server].filter((name) => name !== undefined && name !== null);
  state.via.set(roomId, [...new Set(servers)]);
  goToRoom(roomId);
}

/**
 * Where to ask instead of a room.
 *
 * @param {RoomRow} room
 */
function elsewhere(room) {
  const lobby = entryByKey("lobby");
  const button = (/** @type {string} */ words, /** @type {() => unknown} */ act) =>
    html`<button type="button" class="button" @click=${act}>${words}</button>`;
  if (!lobby || room.key === lobby.key) return button(t("closed-forum"), () => openLink(FORUM));
  return button(t("closed-ask", { room: isolate(lobby.name) }), () => goToRoom(lobby.alias));
}

/**
 * Why a room is closed, in one sentence.
 *
 * @param {Closed} closed
 */
export function closedWords(closed) {
  if (closed.why !== "removed") return t(`closed-${closed.why}`);
  const id = closed.banned ? "closed-banned" : "closed-removed";
  return t(id, { name: closed.by === null ? t("closed-somebody") : isolate(closed.by) });
}

customElements.define("gc-closed", GcClosed);
