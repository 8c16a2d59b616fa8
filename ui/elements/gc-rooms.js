import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { goToRoom, joinRoom, show, showSignIn } from "../navigate.js";
import { entryByAlias, entryByKey, state } from "../store.js";
import { html, live, nothing, repeat } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-copy.js";
import "./gc-countdown.js";

/** @typedef {import("../store.js").CatalogueEntry} Entry */

const CATEGORIES = /** @type {const} */ ([
  "start",
  "help",
  "subject",
  "role",
  "workingGroup",
  "training",
  "region",
  "infrastructure",
]);

/** Galaxy's rooms, each with what can be done about it. */
class GcRooms extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["catalogue", "joins", "session"]);
  static properties = { found: { state: true }, leaving: { state: true }, said: { state: true } };

  constructor() {
    super();
    /** The aliases of what is looked for; null while all are shown. @type {string[] | null} */
    this.found = null;
    /** The alias of the room that is being left. */
    this.leaving = "";
    /** What has happened, for screen readers. */
    this.said = "";
  }

  /** What is looked for. */
  #query = "";
  /** The alias of the card where the user was last. */
  #used = "";
  /** @type {Map<string, import("../store.js").UiError>} */
  #leaveErrors = new Map();

  render() {
    return html`
      <header class="page-head">
        <h1>${t("rooms-title")}</h1>
        <p class="lead">${t("rooms-intro")}</p>
        ${state.session.state === "signedIn" ? nothing : html`<p class="lead">${t("rooms-signed-out")}</p>`}
        ${this.#searchBox()}
      </header>
      ${state.catalogue.length === 0 ? html`<p class="hint">${t("rooms-loading")}</p>` : nothing}
      ${this.found ? this.#results(this.found) : CATEGORIES.map((category) => this.#category(category))}
      <div class="visually-hidden" role="status">${this.said}</div>
    `;
  }

  #searchBox() {
    return html`<div class="field rooms-search" role="search">
      <label for="rooms-search">${t("rooms-search")}</label>
      <input
        id="rooms-search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        placeholder=${t("rooms-search-example")}
        .value=${live(this.#query)}
        @input=${(/** @type {Event} */ event) => {
          void this.#search(/** @type {HTMLInputElement} */ (event.target).value);
        }}
      />
      <p class="hint" role="status">${this.found ? t("rooms-found", { count: this.found.length }) : ""}</p>
    </div>`;
  }

  /** @param {string} query */
  async #search(query) {
    this.#query = query;
    const found = query.trim() === "" ? null : await ipc.searchRooms(query);
    // Answers may come after more was typed.
    if (this.#query === query) this.found = found;
  }

  /** @param {string[]} aliases */
  #results(aliases) {
    const entries = aliases.map(entryByAlias).filter((entry) => entry !== undefined);
    if (entries.length > 0) return html`<section aria-label=${t("rooms-results")}>${this.#cards(entries)}</section>`;
    const lobby = entryByKey("lobby");
    return html`<section class="rooms-none" aria-label=${t("rooms-results")}>
      <p>${t("rooms-none")}</p>
      <div class="actions">
        ${lobby
          ? html`<button type="button" class="button button-primary" @click=${() => goToRoom(lobby.alias)}>
              ${t("rooms-none-lobby", { room: isolate(lobby.name) })}
            </button>`
          : nothing}
        <button type="button" class="button" @click=${() => this.#search("")}>${t("rooms-show-all")}</button>
      </div>
    </section>`;
  }

  /** @param {typeof CATEGORIES[number]} category */
  #category(category) {
    const entries = state.catalogue.filter((entry) => entry.category === category);
    if (entries.length === 0) return nothing;
    return html`<section aria-labelledby="category-${category}">
      <h2 id="category-${category}">${t(`rooms-category-${category}`)}</h2>
      ${this.#cards(entries)}
    </section>`;
  }

  /** @param {Entry[]} entries */
  #cards(entries) {
    return html`<ul class="cards">
      ${repeat(entries, (entry) => entry.alias, (entry) => html`<li class="card room-card" data-alias=${entry.alias}>${this.#card(entry)}</li>`)}
    </ul>`;
  }

  /** @param {Entry} entry */
  #card(entry) {
    return html`<div class="room-card-head">
        <h3><bdi>${entry.name}</bdi></h3>
        ${entry.kind === "space" ? html`<span class="tag">${t("rooms-kind-space")}</span>` : nothing}
      </div>
      <p class="purpose" dir="auto">${entry.purpose}</p>
      ${entry.audience ? html`<p class="hint" dir="auto">${t("rooms-audience", { audience: isolate(entry.audience) })}</p>` : nothing}
      ${entry.confidence === "medium" ? html`<p class="hint">${t("rooms-unsure")}</p>` : nothing}
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
