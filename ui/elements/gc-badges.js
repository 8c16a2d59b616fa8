import { factsOf, known } from "../badges.js";
import { isolate, t } from "../l10n.js";
import { joinOf } from "../navigate.js";
import { roomById } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { BoundaryElement } from "./boundary.js";
import { onElsewhere } from "./elsewhere.js";

/** @typedef {import("../store.js").CatalogueEntry} Entry */
/** @typedef {import("../store.js").RoomRow} RoomRow */
/** @typedef {import("../badges.js").Fact} Fact */

/** What the badges look like, as paths in a square of 16: a shape says what colour must not say alone. */
const SHAPES = {
  public: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M1.5 8h13M8 1.5c-4 4-4 9 0 13c4-4 4-9 0-13",
  door: "M3.5 14.5v-13h9v13M1.5 14.5h13M10 7.5v1.5",
  invite: "M1.5 3.5h13v9.5h-13zM1.5 4l6.5 5.5 6.5-5.5",
  eye: "M1 8c3.5-5.5 10.5-5.5 14 0c-3.5 5.5-10.5 5.5-14 0M8 6a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
  locked: "M3 7h10v7.5h-10zM5 7v-2.5a3 3 0 0 1 6 0v2.5M8 10v2",
  unlocked: "M3 7h10v7.5h-10zM5 7v-2.5a3 3 0 0 1 5.8-1M8 10v2",
  bridge: "M1.5 5h12M10.5 2l3 3-3 3M14.5 11h-12M5.5 8l-3 3 3 3",
  server: "M2 2.5h12v4.5h-12zM2 9h12v4.5h-12zM4.5 4.75h1M4.5 11.25h1",
  busy: "M1.5 2.5h13v8.5h-7.5l-3 3v-3h-2.5zM4.5 5.5h7M4.5 8h5",
  quiet: "M9.5 1.8a6.4 6.4 0 1 0 4.7 9.2a5.8 5.8 0 0 1-4.7-9.2",
};

/**
 * The badges of a room on its card: from the room itself where it is joined.
 *
 * @param {Entry | string} room a room of the list, or the address of one that has no entry
 */
export function roomBadges(room) {
  const entry = typeof room === "string" ? null : room;
  const join = joinOf(entry?.alias ?? /** @type {string} */ (room));
  const row = join?.state === "joined" ? (roomById(join.roomId) ?? null) : null;
  return html`<gc-badges class="badges" .entry=${entry} .room=${row}></gc-badges>`;
}

/** Who sees a room, in a row of badges, each of which explains itself when it is pressed. */
class GcBadges extends BoundaryElement {
  static properties = {
    entry: { attribute: false },
    room: { attribute: false },
    open: { state: true },
    at: { state: true },
  };

  constructor() {
    super();
    /** @type {Entry | null} */
    this.entry = null;
    /** @type {RoomRow | null} */
    this.room = null;
    /** The fact that is explained, by what it is about; none where empty. */
    this.open = "";
    /** Which badge the Tab key leads to; the arrow keys lead to the others. */
    this.at = 0;
  }

  /** Ends what listens for clicks elsewhere. */
  #stop = () => {};

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#close();
  }

  updated() {
    this.querySelector(".badge-why")?.scrollIntoView({ block: "nearest" });
  }

  render() {
    const about = known(this.entry, this.room);
    const facts = factsOf(about).filter(({ badge }) => badge !== null);
    if (facts.length === 0) return nothing;
    const { source } = about;
    const room = isolate(this.room?.name ?? this.entry?.name ?? "");
    const open = facts.find(({ term }) => term === this.open);
    return html`<div
        class="badge-row"
        role="toolbar"
        aria-label=${t("badges-label", { room })}
        @keydown=${this.#keys}
        @focusout=${this.#leave}
      >
        ${facts.map((fact, index) => this.#badge(fact, index === Math.min(this.at, facts.length - 1)))}
      </div>
      ${source === "room" ? nothing : html`<p class="hint badge-source">${t(`badges-${source}`)}</p>`}
      <div role="status">
        ${open
          ? html`<div class="badge-why">
              <p class="badge-term">${open.term}</p>
              <p>${open.words}</p>
              ${source === "room" ? nothing : html`<p class="hint">${t(`badges-${source}-why`)}</p>`}
            </div>`
          : nothing}
      </div>`;
  }

  /**
   * @param {Fact} fact
   * @param {boolean} stop the Tab key stops there
   */
  #badge({ term, badge }, stop) {
    if (!badge) return nothing;
    return html`<button
      type="button"
      class="fact-badge"
      data-shape=${badge.shape}
      title=${badge.label}
      tabindex=${stop ? 0 : -1}
      aria-expanded=${this.open === term ? "true" : "false"}
      @click=${this.#press}
      data-term=${term}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d=${SHAPES[badge.shape]}></path></svg>
      <span class="badge-text"><bdi>${badge.label}</bdi></span>
    </button>`;
  }

  /** @param {Event} event */
  #press(event) {
    const badge = /** @type {HTMLElement} */ (event.currentTarget);
    const term = badge.dataset.term ?? "";
    const again = this.open === term;
    this.#close();
    if (again) return;
    // Not every web view gives the keyboard to what is clicked.
    badge.focus();
    this.at = this.#all().indexOf(badge);
    this.open = term;
    this.#stop = onElsewhere(this, () => this.#close());
  }

  #close() {
    this.#stop();
    this.#stop = () => {};
    this.open = "";
  }

  /** @param {KeyboardEvent} event */
  #keys(event) {
    if (event.key === "Escape" && this.open) {
      event.stopPropagation();
      this.#close();
      return;
    }
    const badges = this.#all();
    const now = badges.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const steps = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: badges.length - 1 };
    const to = badges[steps[/** @type {keyof typeof steps} */ (event.key)] ?? -1];
    if (!to) return;
    event.preventDefault();
    this.at = badges.indexOf(to);
    to.focus();
  }

  /**
   * What is explained does not stay open over what the keyboard has gone on to.
   *
   * @param {FocusEvent} event
   */
  #leave(event) {
    const { relatedTarget } = event;
    if (relatedTarget instanceof Node && !this.contains(relatedTarget)) this.#close();
  }

  /** @returns {HTMLElement[]} */
  #all() {
    return [...this.querySelectorAll(".fact-badge")].map((badge) => /** @type {HTMLElement} */ (badge));
  }
}

customElements.define("gc-badges", GcBadges);
