import { leaveSeveral } from "../actions.js";
import { isolate, t } from "../l10n.js";
import { joinChosen, show } from "../navigate.js";
import { changed, entryByKey, isIn, roomById, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { AskingElement } from "./asking-element.js";
import { errorBox } from "./gc-error.js";
import { roomChecks } from "./room-checks.js";

/**
 * @typedef {import("../store.js").RoomRow} RoomRow
 * @typedef {import("../store.js").Leaving} Leaving
 */

/** Several of Galaxy's rooms, or all, left in one go; and the way back. */
class GcLeave extends AskingElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["catalogue", "rooms", "leaving"]);
  static properties = { chosen: { state: true }, error: { state: true } };

  constructor() {
    super();
    /** The ids of the rooms that are chosen. @type {ReadonlySet<string>} */
    this.chosen = new Set();
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  /** From "Leave" to the harmless answer, and back; to what came of it in the end. */
  refocus() {
    const selector = isBusy() ? ".leave-state" : ".confirm .button:last-child, .pick-foot > .actions > .button";
    return /** @type {HTMLElement | null} */ (this.querySelector(selector));
  }

  render() {
    const rooms = galaxyRooms();
    const chosen = rooms.filter(({ roomId }) => this.chosen.has(roomId));
    return html`<div class="pick-rooms">
        <header class="page-head">
          <h1>${t("leave-title")}</h1>
          <p class="lead">${t("leave-intro")}</p>
        </header>
        ${state.leaving ? this.#leaving(state.leaving) : nothing} ${this.#choice(rooms)}
      </div>
      <footer class="pick-foot">${this.asking ? this.#confirm(chosen) : this.#actions(rooms, chosen)}</footer>`;
  }

  /** @param {RoomRow[]} rooms */
  #choice(rooms) {
    if (rooms.length === 0) return html`<p class="leave-none">${t("leave-none")}</p>`;
    const checks = rooms.flatMap(({ key, roomId }) => {
      const entry = entryByKey(key ?? "");
      return entry ? [{ entry, checked: this.chosen.has(roomId), tag: "", fixed: this.asking || isBusy() }] : [];
    });
    return roomChecks(checks, ({ key }, checked) => {
      const room = rooms.find((room) => room.key === key);
      if (room) this.#choose(checked ? [...this.chosen, room.roomId] : [...this.chosen].filter((id) => id !== room.roomId));
    });
  }

  /** @param {string[]} roomIds */
  #choose(roomIds) {
    this.chosen = new Set(roomIds);
  }

  /**
   * @param {RoomRow[]} rooms
   * @param {RoomRow[]} chosen
   */
  #actions(rooms, chosen) {
    const all = rooms.length > 0 && chosen.length === rooms.length;
    const idle = chosen.length === 0 || isBusy();
    return html`<div class="actions">
      <button type="button" class="button button-danger" aria-disabled=${idle} @click=${() => !idle && (this.asking = true)}>
        ${t("leave-button", { count: chosen.length })}
      </button>
      ${rooms.length > 0
        ? html`<button
            type="button"
            class="button"
            @click=${() => this.#choose(all ? [] : rooms.map(({ roomId }) => roomId))}
          >
            ${all ? t("leave-choose-none") : t("leave-choose-all", { count: rooms.length })}
          </button>`
        : nothing}
      <button type="button" class="button" @click=${() => show({ page: "rooms" })}>${t("pick-back")}</button>
      <span class="hint" role="status">${t("pick-chosen", { count: chosen.length })}</span>
    </div>`;
  }

  /** @param {RoomRow[]} chosen */
  #confirm(chosen) {
    const closed = chosen.filter((room) => room.public === false).map(({ name }) => isolate(name));
    const leave = () => {
      this.asking = false;
      this.chosen = new Set();
      this.error = null;
      void leaveSeveral(chosen);
    };
    const words = html`<p>${t("leave-ask", { count: chosen.length })}</p>
      ${closed.length > 0 ? html`<p>${t("leave-ask-closed", { rooms: closed.join(", ") })}</p>` : nothing}`;
    const texts = { words, yes: t("leave-yes", { count: chosen.length }), no: t("who-leave-no") };
    return this.question(texts, leave);
  }

  /**
   * How far it is, and the way back.
   *
   * @param {Leaving} leaving
   */
  #leaving({ rooms, done, error }) {
    const left = rooms.filter(({ roomId }) => {
      const room = roomById(roomId);
      return !room || !isIn(room);
    });
    const counts = { left: left.length, total: rooms.length };
    const words = !done ? "leave-running" : error ? "leave-done-some" : "leave-done";
    // One part in both states: whoever is there with the keyboard stays there.
    return html`<section class="notice leave-state" tabindex="-1" aria-labelledby="leave-words">
      <p id="leave-words" role="status">${t(words, { ...counts, count: counts.left })}</p>
      ${done
        ? html`${errorBox(error)} ${errorBox(this.error)}
            <div class="actions">
              ${left.length > 0
                ? html`<button type="button" class="button" @click=${() => this.#undo(left)}>${t("leave-undo")}</button>`
                : nothing}
              <button type="button" class="button button-quiet" @click=${forget}>${t("dismiss")}</button>
            </div>`
        : html`<progress aria-labelledby="leave-words" max=${counts.total} value=${counts.left}></progress>
            <p class="hint">${t("leave-count", counts)}</p>`}
    </section>`;
  }

  /** @param {RoomRow[]} rooms */
  async #undo(rooms) {
    const picks = rooms.map(({ key, roomId }) => entryByKey(key ?? "")?.alias ?? roomId);
    this.error = await joinChosen({ picks, rest: [] });
    if (this.error) return;
    forget();
    show({ page: "rooms" });
  }
}

function forget() {
  state.leaving = null;
  changed("leaving");
}

const isBusy = () => state.leaving !== null && !state.leaving.done;

/** The rooms of the catalogue that the user is in. */
const galaxyRooms = () => state.rooms.filter((room) => isIn(room) && entryByKey(room.key ?? "") !== undefined);

customElements.define("gc-leave", GcLeave);
