import { hasMoved } from "../joins.js";
import { t } from "../l10n.js";
import { openTimeline, show } from "../navigate.js";
import { isIn, plannedRoom, roomById, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-badges.js";
import "./gc-closed.js";
import "./gc-composer.js";
import "./gc-hand-off.js";
import "./gc-join-problem.js";
import "./gc-timeline.js";
import "./gc-who-sees.js";

/** @typedef {import("../store.js").RoomRow} RoomRow */

/** One room: its head, the conversation, the composer, and who can see it all. */
class GcRoom extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["view", "rooms", "timeline", "plan"]);
  static properties = { panel: { state: true } };

  constructor() {
    super();
    /** The panel "Who sees this" is open. */
    this.panel = false;
  }

  render() {
    const { view, timeline } = state;
    if (view.page !== "room") return nothing;
    const room = roomById(view.roomId);
    if (!room) return missing(timeline?.error ?? null);
    if (!isIn(room) && timeline?.error) return html`${this.#head(room)}<div class="room-broken"><gc-closed .room=${room}></gc-closed></div>`;
    if (timeline?.error) return html`${this.#head(room)}${broken(room.roomId, timeline.error)}`;
    return html`${this.#head(room)}${moved(room)}
      <div class="room-body" @keydown=${this.#escape}>
        <div class="room-talk" @send=${this.#showSent}>
          <gc-timeline .room=${room}></gc-timeline>
          <gc-composer .room=${room}></gc-composer>
        </div>
        ${this.panel ? html`<gc-who-sees id="who-sees" .room=${room}></gc-who-sees>` : nothing}
      </div>`;
  }

  /** @param {RoomRow} room */
  #head(room) {
    return html`<header class="room-head">
      <div class="room-title">
        <h1><bdi>${room.name}</bdi></h1>
        <p class="room-sub">
          <span>${t("room-members", { count: room.members })}</span>
          ${room.topic ? html`<span class="room-topic" dir="auto" title=${room.topic}>${room.topic}</span>` : nothing}
        </p>
        <gc-badges class="badges" .room=${room}></gc-badges>
      </div>
      <gc-hand-off .room=${room}></gc-hand-off>
      <button
        type="button"
        class="button room-who"
        aria-expanded=${this.panel ? "true" : "false"}
        aria-controls=${this.panel ? "who-sees" : nothing}
        @click=${() => (this.panel = !this.panel)}
      >
        ${t("room-who-sees")}
      </button>
    </header>`;
  }

  /** Whoever sends a message goes to it. */
  #showSent() {
    /** @type {import("./gc-timeline.js").GcTimeline | null} */ (this.querySelector("gc-timeline"))?.showEnd();
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || !this.panel) return;
    this.panel = false;
    /** @type {HTMLElement | null} */ (this.querySelector(".room-who"))?.focus();
  }
}

/**
 * Says so where the room that is open has moved.
 *
 * @param {RoomRow} room
 */
function moved({ roomId, name }) {
  // The composer gives way to the same.
  if (roomById(roomId)?.closed?.why === "replaced") return nothing;
  const state = plannedRoom(roomId)?.state;
  if (state?.state !== "failed" || !hasMoved(state.problem)) return nothing;
  return html`<div class="room-broken">
    <gc-join-problem .problem=${state.problem} address=${roomId} name=${name}></gc-join-problem>
  </div>`;
}

/**
 * A joined room can be a moment late in the list of rooms.
 *
 * @param {import("../store.js").UiError | null} error
 */
function missing(error) {
  const gone = error?.kind === "roomNotJoined" || (state.roomsReady && state.timeline?.ready);
  return html`<section class="card arrive">
    <h1>${gone ? t("room-gone") : t("room-loading")}</h1>
    ${error && !gone ? errorBox(error) : nothing}
    <div class="actions">
      <button type="button" class="button" @click=${() => show({ page: "rooms" })}>${t("room-gone-next")}</button>
    </div>
  </section>`;
}

/**
 * @param {string} roomId
 * @param {import("../store.js").UiError} error
 */
const broken = (roomId, error) =>
  html`<div class="room-broken">
    ${errorBox(
      error,
      html`<button type="button" class="button button-primary" @click=${() => openTimeline(roomId)}>
        ${t("try-again")}
      </button>`,
    )}
  </div>`;

customElements.define("gc-room", GcRoom);
