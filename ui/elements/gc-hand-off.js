import { copyText, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { entryByKey } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { BoundaryElement } from "./boundary.js";
import { onElsewhere } from "./elsewhere.js";
import { errorBox } from "./gc-error.js";
import "./gc-qr.js";

/** @typedef {import("../store.js").RoomRow} RoomRow */
/** @typedef {ipc.HandOff} Place */

/** "Open in…": takes a room to another app, to a phone or to the clipboard. */
class GcHandOff extends BoundaryElement {
  static properties = {
    room: { attribute: false },
    open: { state: true },
    places: { state: true },
    said: { state: true },
    link: { state: true },
    error: { state: true },
  };

  constructor() {
    super();
    /** @type {RoomRow | null} */
    this.room = null;
    this.open = false;
    /** Null while they are looked for. @type {Place[] | null} */
    this.places = null;
    /** What came of it, to be read below the list. */
    this.said = "";
    /** The link, where it has to be copied by hand. */
    this.link = "";
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  #roomId = "";

  /** Ends what listens for clicks elsewhere. */
  #stop = () => {};

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#close();
  }

  willUpdate() {
    if (this.room?.roomId === this.#roomId) return;
    this.#roomId = this.room?.roomId ?? "";
    this.#close();
  }

  render() {
    const { room } = this;
    if (!room) return nothing;
    return html`<button
        type="button"
        class="button"
        aria-expanded=${this.open ? "true" : "false"}
        aria-controls=${this.open ? "hand-off" : nothing}
        @click=${() => (this.open ? this.#close() : this.#show())}
      >
        ${t("hand-off")}
      </button>
      ${this.open ? this.#menu(room) : nothing} <gc-qr></gc-qr>`;
  }

  /** @param {RoomRow} room */
  #menu(room) {
    return html`<section
      id="hand-off"
      class="hand-off"
      aria-label=${t("hand-off-title", { room: isolate(room.name) })}
      @keydown=${this.#escape}
      @focusout=${this.#leave}
    >
      ${this.places
        ? html`<ul>
            ${this.places.map((place) => html`<li>${this.#place(place, addressOf(room))}</li>`)}
          </ul>`
        : html`<p class="hint" role="status">${t("hand-off-looking")}</p>`}
      <div class="hand-off-more">
        <button type="button" class="menu-item" @click=${() => this.#qr(room)}>${t("hand-off-qr")}</button>
        <button type="button" class="menu-item" @click=${() => this.#copy(addressOf(room))}>${t("hand-off-copy")}</button>
      </div>
      <div role="status">${this.said ? html`<p class="hand-off-said">${this.said}</p>` : nothing}</div>
      ${this.link ? html`<p class="address hand-off-link">${this.link}</p>` : nothing} ${errorBox(this.error)}
    </section>`;
  }

  /**
   * @param {Place} place
   * @param {string} address
   */
  #place(place, address) {
    return html`<button type="button" class="menu-item" @click=${() => this.#take(place, address)}>
      <span><bdi>${nameOf(place)}</bdi> <span class="hint">${t(`hand-off-${place.way}`)}</span></span>
      ${place.last ? html`<span class="tag">${t("hand-off-last")}</span>` : nothing}
    </button>`;
  }

  async #show() {
    this.#say("");
    this.open = true;
    this.places = null;
    this.#stop = onElsewhere(this, () => this.#close());
    try {
      this.places = await ipc.places();
    } catch (error) {
      this.places = [];
      this.error = /** @type {import("../store.js").UiError} */ (error);
    }
    await this.updateComplete;
    // Whoever came by keyboard goes on from the first place.
    if (this.open && this.contains(document.activeElement)) this.#first()?.focus();
  }

  #close() {
    this.#stop();
    this.#stop = () => {};
    this.open = false;
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.#close();
    this.querySelector("button")?.focus();
  }

  /**
   * The list does not stay open over what the keyboard has gone on to.
   *
   * @param {FocusEvent} event
   */
  #leave(event) {
    const { relatedTarget } = event;
    if (relatedTarget instanceof Node && !this.contains(relatedTarget)) this.#close();
  }

  #first() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".menu-item"));
  }

  /** @param {string} said */
  #say(said) {
    this.said = said;
    this.link = "";
    this.error = null;
  }

  /**
   * @param {Place} place
   * @param {string} address
   */
  async #take(place, address) {
    this.#say("");
    const name = isolate(nameOf(place));
    this.error = await outcome(ipc.handOff(place.id, address));
    if (this.error) return;
    if (place.way !== "paste") this.#say(t("hand-off-opened", { name }));
    else this.#say(t((await copyText(address)) ? "hand-off-pasted" : "hand-off-not-pasted", { name }));
  }

  /** @param {string} address */
  async #copy(address) {
    this.#say("");
    try {
      const link = await ipc.roomLink(address);
      const copied = await copyText(link);
      this.#say(t(copied ? "hand-off-copied" : "hand-off-not-copied"));
      this.link = copied ? "" : link;
    } catch (error) {
      this.error = /** @type {import("../store.js").UiError} */ (error);
    }
  }

  /** @param {RoomRow} room */
  async #qr(room) {
    this.#say("");
    const address = addressOf(room);
    try {
      const [link, fields] = await Promise.all([ipc.roomLink(address), ipc.roomQr(address)]);
      this.#close();
      const back = this.querySelector("button");
      const qr = /** @type {import("./gc-qr.js").GcQr | null} */ (this.querySelector("gc-qr"));
      await qr?.show({ room: room.name, link, fields, back });
    } catch (error) {
      this.error = /** @type {import("../store.js").UiError} */ (error);
    }
  }
}

/**
 * The alias of one of Galaxy's rooms, which leads there for sure; of others the id, as a room may
 * call itself by any alias.
 *
 * @param {RoomRow} room
 */
const addressOf = (room) => entryByKey(room.key ?? "")?.alias ?? room.roomId;

/** @param {Place} place */
const nameOf = (place) => place.name ?? t("hand-off-unnamed");

customElements.define("gc-hand-off", GcHandOff);
