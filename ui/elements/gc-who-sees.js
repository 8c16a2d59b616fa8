import { outcome } from "../actions.js";
import { factsOf, known } from "../badges.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { show } from "../navigate.js";
import { state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { AskingElement } from "./asking-element.js";
import { errorBox } from "./gc-error.js";
import "./gc-copy.js";

/** @typedef {import("../store.js").RoomRow} RoomRow */

/** Who can see what is written in a room, in plain words; and the way out of it. */
class GcWhoSees extends AskingElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session"]);
  static properties = {
    room: { attribute: false },
    leaving: { state: true },
    error: { state: true },
  };

  constructor() {
    super();
    /** @type {RoomRow | null} */
    this.room = null;
    this.leaving = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  #roomId = "";

  willUpdate() {
    if (this.room?.roomId === this.#roomId) return;
    this.#roomId = this.room?.roomId ?? "";
    this.asking = false;
    this.error = null;
  }

  render() {
    const { room } = this;
    if (!room) return nothing;
    const { session } = state;
    const user = session.state === "signedIn" ? isolate(session.userId) : "";
    return html`<aside class="who" aria-labelledby="who-title">
      <h2 id="who-title">${t("who-title")}</h2>
      <dl>
        ${factsOf(known(null, room)).map(({ term, words }) => fact(term, words))}
        ${fact(t("who-you"), t("who-you-text", { user }))}
        ${room.topic ? fact(t("who-topic"), html`<span dir="auto">${room.topic}</span>`) : nothing}
        ${room.alias ? fact(t("who-address"), html`<gc-copy class="copy-line" text=${room.alias}></gc-copy>`) : nothing}
      </dl>
      ${this.#leave(room)}
    </aside>`;
  }

  /** @param {RoomRow} room */
  #leave(room) {
    if (!this.asking) {
      return html`<button type="button" class="button button-danger" @click=${() => (this.asking = true)}>
        ${t("who-leave")}
      </button>`;
    }
    const question = room.public === false ? "who-leave-ask-closed" : "who-leave-ask";
    const texts = {
      words: html`<p>${t(question, { room: isolate(room.name) })}</p>`,
      yes: this.leaving ? t("rooms-leaving") : t("who-leave-yes"),
      no: t("who-leave-no"),
      busy: this.leaving,
      then: errorBox(this.error),
    };
    return this.question(texts, () => this.#go(room));
  }

  /** @param {RoomRow} room */
  async #go(room) {
    if (this.leaving) return;
    this.leaving = true;
    this.error = await outcome(ipc.leaveRooms([room.roomId]));
    this.leaving = false;
    if (this.error) return;
    const { view } = state;
    if (view.page === "room" && view.roomId === room.roomId) show({ page: "rooms" });
  }
}

/**
 * @param {string} term
 * @param {unknown} words
 */
const fact = (term, words) => html`<div><dt>${term}</dt><dd>${words}</dd></div>`;

customElements.define("gc-who-sees", GcWhoSees);
