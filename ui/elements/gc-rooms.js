import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { joinRoom, show, showSignIn } from "../navigate.js";
import { state } from "../store.js";
import { html, live, nothing, repeat } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-copy.js";
import "./gc-countdown.js";

/** @typedef {import("../store.js").CatalogueEntry} Entry */

const CATEGORIES = /** @type {const} */ (["start", "subject", "role"]);

/** Galaxy's rooms, each with what can be done about it. */
class GcRooms extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["catalogue", "joins", "session"]);
  static properties = { filter: { state: true }, leaving: { state: true }, said: { state: true } };

  constructor() {
    super();
    this.filter = "";
    /** The alias of the room that is being left. */
    this.leaving = "";
    /** What has happened, for screen readers. */
    this.said = "";
  }

  /** The alias of the card where the user was last. */
  #used = "";
  /** @type {Map<string, import("../store.js").UiError>} */
  #leaveErrors = new Map();

  render() {
    const entries = state.catalogue.filter((entry) => fits(entry, this.filter));
    return html`
      <header class="page-head">
        <h1>${t("rooms-title")}</h1>
        <p class="lead">${t("rooms-intro")}</p>
        ${state.session.state === "signedIn" ? nothing : html`<p class="lead">${t("rooms-signed-out")}</p>`}
        ${this.#filterBox(entries.length)}
      </header>
      ${state.catalogue.length === 0 ? html`<p class="hint">${t("rooms-loading")}</p>` : nothing}
      ${CATEGORIES.map((category) => this.#category(category, entries))}
      <div class="visually-hidden" role="status">${this.said}</div>
    `;
  }

  /** @param {number} count */
  #filterBox(count) {
    return html`<div class="field rooms-filter" role="search">
      <label for="rooms-filter">${t("rooms-filter")}</label>
      <input
        id="rooms-filter"
        type="search"
        autocomplete="off"
        spellcheck="false"
        .value=${live(this.filter)}
        @input=${(/** @type {Event} */ event) => {
          this.filter = /** @type {HTMLInputElement} */ (event.target).value;
        }}
      />
      <p class="hint" role="status">${this.filter.trim() ? t("rooms-filter-found", { count }) : ""}</p>
    </div>`;
  }

  /**
   * @param {typeof CATEGORIES[number]} category
   * @param {Entry[]} all
   */
  #category(category, all) {
    const entries = all.filter((entry) => entry.category === category);
    if (entries.length === 0) return nothing;
    return html`<section aria-labelledby="category-${category}">
      <h2 id="category-${category}">${t(`rooms-category-${category}`)}</h2>
      <ul class="cards">
        ${repeat(entries, (entry) => entry.alias, (entry) => html`<li class="card room-card" data-alias=${entry.alias}>${this.#card(entry)}</li>`)}
      </ul>
    </section>`;
  }

  /** @param {Entry} entry */
  #card(entry) {
    return html`<div class="room-card-head">
        <h3><bdi>${entry.name}</bdi></h3>
        ${entry.kind === "space" ? html`<span class="tag">${t("rooms-kind-space")}</span>` : nothing}
      </div>
      <p class="purpose" dir="auto">${entry.purpose}</p>
      <gc-copy class="copy-line" text=${entry.alias}></gc-copy>
      <div class="room-card-foot" tabindex="-1" @focusin=${() => (this.#used = entry.alias)}>
        ${this.#state(entry)}
      </div>`;
  }

  /** The foot of the same card, where the next button is. */
  refocus() {
    const cards = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".room-card"));
    const card = [...cards].find(({ dataset }) => dataset.alias === this.#used);
    return /** @type {HTMLElement | null} */ (card?.querySelector(".room-card-foot") ?? null);
  }

  /** @param {Entry} entry */
  #state(entry) {
    const join = state.joins.get(entry.alias);
    switch (join?.state) {
      case "joining":
        return html`<p class="progress" role="status">
          <span class="spinner" aria-hidden="true"></span><span>${t("rooms-joining")}</span>
        </p>`;
      case "waiting":
        return html`<p class="progress">
          <span class="spinner" aria-hidden="true"></span>
          <gc-countdown .until=${join.untilMs} words="rooms-waiting"></gc-countdown>
        </p>`;
      case "joined":
        return this.#joined(entry, join.roomId);
      case "failed":
        return errorBox(join.error, joinButton(entry, t("try-again"), ""));
      default:
        return joinButton(entry, t("rooms-join"), "button-primary");
    }
  }

  /**
   * @param {Entry} entry
   * @param {string} roomId
   */
  #joined(entry, roomId) {
    const room = entry.name;
    const leaving = this.leaving === entry.alias;
    return html`<p class=${entry.kind === "space" ? "joined-note" : "joined"}>
        ${entry.kind === "space" ? t("rooms-space-joined") : t("rooms-joined")}
      </p>
      <div class="actions">
        ${entry.kind === "space"
          ? nothing
          : html`<button
              type="button"
              class="button button-primary"
              aria-label=${t("rooms-open-which", { room })}
              @click=${() => show({ page: "room", roomId })}
            >
              ${t("rooms-open")}
            </button>`}
        <button
          type="button"
          class="button button-quiet"
          aria-label=${t("rooms-leave-which", { room })}
          aria-disabled=${leaving}
          @click=${() => this.#leave(entry, roomId)}
        >
          ${leaving ? t("rooms-leaving") : t("rooms-leave")}
        </button>
      </div>
      ${errorBox(this.#leaveErrors.get(entry.alias) ?? null)}`;
  }

  /**
   * @param {Entry} entry
   * @param {string} roomId
   */
  async #leave(entry, roomId) {
    if (this.leaving) return;
    this.leaving = entry.alias;
    this.#leaveErrors.delete(entry.alias);
    const error = await outcome(ipc.leave(roomId));
    if (error) this.#leaveErrors.set(entry.alias, error);
    else this.said = t("rooms-left", { room: isolate(entry.name) });
    this.leaving = "";
  }
}

/**
 * @param {Entry} entry
 * @param {string} filter
 */
function fits(entry, filter) {
  const text = `${entry.name} ${entry.purpose} ${entry.alias}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/u).every((word) => text.includes(word));
}

/**
 * @param {Entry} entry
 * @param {string} label
 * @param {string} style
 */
function joinButton(entry, label, style) {
  const go = () => {
    if (state.session.state === "signedIn") void joinRoom(entry.alias);
    else showSignIn(entry.alias);
  };
  return html`<button
    type="button"
    class="button ${style}"
    aria-label="${label === t("rooms-join") ? t("rooms-join-which", { room: entry.name }) : `${label}: ${entry.name}`}"
    @click=${go}
  >
    ${label}
  </button>`;
}

customElements.define("gc-rooms", GcRooms);
