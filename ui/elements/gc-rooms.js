import { orNotice, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { goToRoom, joinOf, joinRoom, show, showSignIn } from "../navigate.js";
import { entryByAlias, entryByKey, isIn, plannedRoom, roomById, setAddress, state } from "../store.js";
import { html, live, nothing, repeat } from "../vendor/lit.js";
import { drawAddress, isAddress, summary } from "./address.js";
import { brokenRoom, drawnOr } from "./boundary.js";
import { roomBadges } from "./gc-badges.js";
import { closedWords } from "./gc-closed.js";
import { errorBox } from "./gc-error.js";
import { roomFacts } from "./room-facts.js";
import { StoreElement } from "./store-element.js";
import "./gc-copy.js";
import "./gc-countdown.js";
import "./gc-join-problem.js";
import "./gc-joins.js";

/** @typedef {import("../store.js").CatalogueEntry} Entry */
/** @typedef {Pick<Entry, "alias" | "name" | "kind">} Named a room, perhaps of none of Galaxy's */

const CATEGORIES = /** @type {const} */ ([
  "start",
  "help",
  "subject",
  "role",
  "workingGroup",
  "training",
  "region",
  "infrastructure",
  "more",
]);

/** So many cards fill a window of the usual size. */
const WINDOWFUL = 12;

/** Galaxy's rooms, each with what can be done about it. */
class GcRooms extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ ([
    "address",
    "catalogue",
    "joins",
    "plan",
    "rooms",
    "session",
  ]);
  static properties = {
    found: { state: true },
    leaving: { state: true },
    said: { state: true },
    whole: { state: true },
  };

  constructor() {
    super();
    /** The aliases of what is looked for; null while all are shown. @type {string[] | null} */
    this.found = null;
    /** The alias of the room that is being left. */
    this.leaving = "";
    /** What has happened, for screen readers. */
    this.said = "";
    /** Whether all rooms are drawn, and not only those that fill the window. */
    this.whole = false;
  }

  /** What is looked for. */
  #query = "";
  /** What was shown last of a link or a message, which took the place of what was looked for. */
  #link = state.address;
  /** The alias of the card where the user was last. */
  #used = "";
  /** @type {Map<string, import("../store.js").UiError>} */
  #leaveErrors = new Map();

  firstUpdated() {
    requestAnimationFrame(() => setTimeout(() => (this.whole = true)));
  }

  willUpdate() {
    const { address } = state;
    if (!address || address.from === "text" || address === this.#link) return;
    this.#link = address;
    this.#query = "";
    this.found = null;
  }

  render() {
    return html`
      <header class="page-head">
        <h1>${t("rooms-title")}</h1>
        <p class="lead">${t("rooms-intro")}</p>
        ${state.session.state === "signedIn" ? nothing : html`<p class="lead">${t("rooms-signed-out")}</p>`}
        ${several()}
        <gc-joins></gc-joins>
        ${this.#searchBox()}
      </header>
      ${state.catalogue.length === 0 ? html`<p class="hint">${t("rooms-loading")}</p>` : nothing}
      ${this.#list()}
      <div class="visually-hidden" role="status">${this.said}</div>
    `;
  }

  /** All rooms, or those that are looked for. */
  #list() {
    const { address } = state;
    if (!address) return this.found ? this.#results(this.found) : this.#all();
    const read = drawAddress(address, {
      card: (room) => this.#cards([entryByAlias(room) ?? room]),
      joined: (room) => joinOf(room)?.state === "joined",
      search: (alias) => void this.#search(alias),
      all: () => void this.#search(""),
    });
    // Words that are no whole address may be about other rooms all the same.
    const { meaning, repairs } = address.read;
    const words = meaning.kind === "nothing" || repairs.includes("server");
    return html`${read} ${words && this.found?.length ? this.#results(this.found) : nothing}`;
  }

  #all() {
    let left = this.whole ? Infinity : WINDOWFUL;
    return CATEGORIES.map((category) => {
      const entries = state.catalogue.filter((entry) => entry.category === category).slice(0, left);
      left -= entries.length;
      return this.#category(category, entries);
    });
  }

  /** What there is, in a line. */
  #status() {
    if (state.address) return summary(state.address.read);
    return this.found ? t("rooms-found", { count: this.found.length }) : "";
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
      <p class="hint" role="status">${this.#status()}</p>
    </div>`;
  }

  /** @param {string} query */
  async #search(query) {
    this.#query = query;
    const nothing = query.trim() === "";
    const [found, read] = nothing ? [null, null] : await Promise.all([ipc.searchRooms(query), ipc.readAddress(query)]);
    // Answers may come after more was typed.
    if (this.#query !== query) return;
    this.found = found;
    setAddress(read && isAddress(read) ? { from: "text", read } : null);
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

  /**
   * @param {typeof CATEGORIES[number]} category
   * @param {Entry[]} entries
   */
  #category(category, entries) {
    if (entries.length === 0) return nothing;
    return html`<section aria-labelledby="category-${category}">
      <h2 id="category-${category}">${t(`rooms-category-${category}`)}</h2>
      ${this.#cards(entries)}
    </section>`;
  }

  /** @param {(Entry | string)[]} rooms entries, or addresses of rooms that have none */
  #cards(rooms) {
    const address = (/** @type {Entry | string} */ room) => (typeof room === "string" ? room : room.alias);
    return html`<ul class="cards">
      ${repeat(
        rooms,
        address,
        (room) =>
          html`<li class="card room-card" data-alias=${address(room)}>
            ${drawnOr(
              () => (typeof room === "string" ? this.#unlisted(room) : this.#card(room)),
              brokenRoom,
            )}
          </li>`,
      )}
    </ul>`;
  }

  /**
   * A room of which nothing is known but its address.
   *
   * @param {string} address
   */
  #unlisted(address) {
    const join = joinOf(address);
    const joined = join?.state === "joined" ? roomById(join.roomId) : undefined;
    return html`<div class="room-card-head">
        <h3><bdi>${joined?.name ?? t("address-unlisted-name")}</bdi></h3>
        <span class="tag">${t("address-unlisted-tag")}</span>
      </div>
      <p class="purpose">${t("address-unlisted")}</p>
      ${roomBadges(address)}
      <gc-copy class="copy-line" text=${address}></gc-copy>
      ${this.#foot({ alias: address, name: joined?.name ?? address, kind: joined?.kind ?? "room" })}`;
  }

  /** @param {Entry} entry */
  #card(entry) {
    return html`<div class="room-card-head">
        <h3><bdi>${entry.name}</bdi></h3>
        ${entry.kind === "space" ? html`<span class="tag">${t("rooms-kind-space")}</span>` : nothing}
      </div>
      ${entry.purpose ? html`<p class="purpose" dir="auto">${entry.purpose}</p>` : nothing}
      ${roomFacts(entry)} ${roomBadges(entry)}
      ${entry.audience ? html`<p class="hint" dir="auto">${t("rooms-audience", { audience: isolate(entry.audience) })}</p>` : nothing}
      ${entry.confidence === "medium" ? html`<p class="hint">${t("rooms-unsure")}</p>` : nothing}
      <gc-copy class="copy-line" text=${entry.alias}></gc-copy>
      ${this.#foot(entry)}`;
  }

  /** @param {Named} entry */
  #foot(entry) {
    return html`<div class="room-card-foot" tabindex="-1" @focusin=${() => (this.#used = entry.alias)}>
      ${this.#state(entry)}
    </div>`;
  }

  /** The foot of the same card, where the next button is. */
  refocus() {
    const cards = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".room-card"));
    const card = [...cards].find(({ dataset }) => dataset.alias === this.#used);
    return /** @type {HTMLElement | null} */ (card?.querySelector(".room-card-foot") ?? null);
  }

  /** @param {Named} entry */
  #state(entry) {
    const join = joinOf(entry.alias);
    const refused = state.refused.get(entry.alias);
    if (refused && join?.state !== "joined") return errorBox(refused, joinButton(entry, t("try-again"), ""));
    switch (join?.state) {
      case "queued":
        return queued(entry);
      case "joining":
        return html`<p class="progress" role="status">
          <span class="spinner" aria-hidden="true"></span><span>${t("rooms-joining")}</span>
        </p>`;
      case "waiting":
        // The others wait for this one, and not only for the server.
        if (!isNext(entry.alias)) return queued(entry);
        return html`<p class="progress">
          <span class="spinner" aria-hidden="true"></span>
          <gc-countdown .until=${join.untilMs} words="rooms-waiting"></gc-countdown>
        </p>`;
      case "joined":
        return this.#joined(entry, join.roomId);
      case "failed":
        return html`<gc-join-problem
          .problem=${join.problem}
          address=${entry.alias}
          name=${entry.name}
          ?calm=${state.plan.rooms.length > 1}
        ></gc-join-problem>`;
      default:
        return joinButton(entry, t("rooms-join"), "button-primary");
    }
  }

  /**
   * @param {Named} entry
   * @param {string} roomId
   */
  #joined(entry, roomId) {
    const room = entry.name;
    const leaving = this.leaving === entry.alias;
    const closed = roomById(roomId)?.closed;
    return html`${closed ? html`<p class="room-closed">${closedWords(closed)}</p>` : nothing}<p class=${entry.kind === "space" ? "joined-note" : "joined"}>
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
   * @param {Named} entry
   * @param {string} roomId
   */
  async #leave(entry, roomId) {
    if (this.leaving) return;
    this.leaving = entry.alias;
    this.#leaveErrors.delete(entry.alias);
    const error = await outcome(ipc.leaveRooms([roomId]));
    if (error) this.#leaveErrors.set(entry.alias, error);
    else this.said = t("rooms-left", { room: isolate(entry.name) });
    this.leaving = "";
  }
}

/** The ways to join and to leave several rooms in one go. */
function several() {
  const joined = state.rooms.some((room) => room.key !== null && isIn(room));
  return html`<div class="actions several">
    <button type="button" class="button" @click=${() => show({ page: "pick" })}>${t("rooms-pick")}</button>
    ${joined || state.leaving
      ? html`<button type="button" class="button button-quiet" @click=${() => show({ page: "leave" })}>
          ${t("rooms-leave-several")}
        </button>`
      : nothing}
  </div>`;
}

/** @param {Named} entry */
function queued({ alias, name }) {
  const room = plannedRoom(alias);
  return html`<p class="waits">${t("rooms-queued")}</p>
    ${room
      ? html`<button
          type="button"
          class="button button-quiet"
          aria-label=${t("joins-cancel-which", { room: name })}
          @click=${() => orNotice(ipc.steerJoins({ order: "cancel", id: room.id }))}
        >
          ${t("cancel")}
        </button>`
      : nothing}`;
}

/**
 * Whether the room's turn is the next.
 *
 * @param {string} address
 */
const isNext = (address) =>
  state.plan.rooms.find((room) => room.state.state === "queued") === plannedRoom(address);

/**
 * @param {Named} entry
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
