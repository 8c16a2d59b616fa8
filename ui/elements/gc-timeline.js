import { loadEarlier } from "../actions.js";
import * as ipc from "../ipc.js";
import { dayName, isolate, t } from "../l10n.js";
import { state } from "../store.js";
import { layOut, newestMessage } from "../timeline.js";
import { guard, html, nothing, repeat } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { drawnOr } from "./boundary.js";
import { drawBroken, drawMembers, drawMessage } from "./message.js";
import { StoreElement } from "./store-element.js";

/** @typedef {import("../timeline.js").Row} Row */

/** How far from the end still counts as reading the newest. */
const NEAR_END_PX = 40;

/** The conversation, kept at its end while the reader is there. */
export class GcTimeline extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["timeline"]);
  static properties = {
    room: { attribute: false },
    atEnd: { state: true },
    loading: { state: true },
    error: { state: true },
    opened: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../store.js").RoomRow | null} */
    this.room = null;
    this.atEnd = true;
    this.loading = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
    /** Ids of the rows that the reader has unfolded. @type {Set<string>} */
    this.opened = new Set();
  }

  /** @type {import("../store.js").OpenTimeline | null} */
  #timeline = null;
  #markedRead = "";
  /** The row at the top of the view before a change, to be put back there. */
  #anchor = /** @type {{ row: Element, top: number } | null} */ (null);
  /** Heights of view and content when the place was last seen to. */
  #heights = "";
  #resize = new ResizeObserver(() => this.#keepPlace());
  #onFocus = () => this.#markRead();

  connectedCallback() {
    super.connectedCallback();
    addEventListener("focus", this.#onFocus);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("focus", this.#onFocus);
    this.#resize.disconnect();
  }

  willUpdate() {
    if (this.#timeline !== state.timeline) {
      this.#timeline = state.timeline;
      this.atEnd = true;
      this.error = null;
      this.opened = new Set();
      this.#markedRead = "";
    }
    this.#anchor = this.atEnd ? null : this.#topRow();
  }

  /** Shows the newest message. */
  showEnd() {
    this.atEnd = true;
    this.#keepPlace();
  }

  render() {
    const timeline = state.timeline;
    const name = isolate(this.room?.name ?? "");
    const rows = timeline ? layOut(timeline.items) : [];
    const begins = timeline?.complete || rows.some((row) => row.type === "start");
    const spoken = rows.some((row) => row.type === "message");
    return html`
      <div
        class="timeline"
        role="region"
        tabindex="0"
        aria-label=${t("room-messages", { room: name })}
        @scroll=${this.#scrolled}
      >
        <div class="timeline-inner">
          ${begins ? nothing : this.#top()}
          <ol class="rows">
            ${repeat(rows, (row) => row.id, (row) => this.#safeRow(row, name))}
          </ol>
          ${begins && !spoken ? html`<p class="timeline-note">${t(this.room?.closed ? "room-empty-closed" : "room-empty")}</p>` : nothing}
        </div>
      </div>
      ${this.atEnd ? nothing : this.#toEnd()}
    `;
  }

  #top() {
    if (!state.timeline?.ready) {
      return html`<p class="timeline-note" role="status">${t("room-loading-messages")}</p>`;
    }
    return html`<div class="earlier">
      ${errorBox(this.error)}
      <button type="button" class="button" aria-disabled=${this.loading} @click=${this.#earlier}>
        ${this.loading ? t("room-earlier-loading") : t("room-earlier")}
      </button>
    </div>`;
  }

  /**
   * Whatever is wrong with one row, the others are drawn.
   *
   * @param {Row} row
   * @param {string} name
   */
  #safeRow(row, name) {
    return drawnOr(() => this.#row(row, name), () => drawBroken(row.id));
  }

  /**
   * @param {Row} row
   * @param {string} name
   */
  #row(row, name) {
    switch (row.type) {
      case "message": {
        const open = this.opened.has(row.id);
        const draw = () => drawMessage(row, open, (open) => this.#unfold(row.id, open));
        // What is guarded is drawn later than this function ends.
        return guard([row.item, row.head, open], () => drawnOr(draw, () => drawBroken(row.id)));
      }
      case "members": {
        const open = this.opened.has(row.id);
        return drawMembers(row.items, open, (open) => this.#unfold(row.id, open));
      }
      case "day":
        return html`<li class="day"><span>${dayName(row.timeMs)}</span></li>`;
      case "marker":
        return html`<li class="read-marker"><span>${t("room-read-marker")}</span></li>`;
      case "broken":
        return drawBroken(row.id);
      case "start":
        return html`<li class="timeline-note">${t("room-start", { room: name })}</li>`;
    }
  }

  #toEnd() {
    const unread = (this.room?.unread ?? 0) > 0;
    return html`<button type="button" class="button button-primary to-end" @click=${this.#goToEnd}>
      ${unread ? t("room-new-messages") : t("room-to-bottom")}
    </button>`;
  }

  firstUpdated() {
    const scroller = this.#scroller();
    if (!scroller) return;
    this.#resize.observe(scroller);
    if (scroller.firstElementChild) this.#resize.observe(scroller.firstElementChild);
  }

  updated() {
    this.#keepPlace();
    this.#markRead();
  }

  #scroller() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".timeline"));
  }

  /** Web views differ in whether they keep the place by themselves, so it is done here for all. */
  #keepPlace() {
    const scroller = this.#scroller();
    if (!scroller) return;
    if (this.atEnd) scroller.scrollTop = scroller.scrollHeight;
    else if (this.#anchor?.row.isConnected) {
      scroller.scrollTop += this.#anchor.row.getBoundingClientRect().top - this.#anchor.top;
    }
    this.#heights = heightsOf(scroller);
  }

  /** The first row in view: what the reader is looking at. */
  #topRow() {
    const scroller = this.#scroller();
    const rows = this.querySelector(".rows")?.children ?? [];
    if (!scroller || rows.length === 0) return null;
    const edge = scroller.getBoundingClientRect().top;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {Element} */ (rows[middle]).getBoundingClientRect().bottom > edge) high = middle;
      else low = middle + 1;
    }
    const row = /** @type {Element} */ (rows[low]);
    return { row, top: row.getBoundingClientRect().top };
  }

  #scrolled() {
    const scroller = this.#scroller();
    if (!scroller) return;
    // Where the sizes have changed, it was not the reader who scrolled.
    if (this.#heights !== heightsOf(scroller)) return this.#keepPlace();
    this.atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    this.#anchor = this.atEnd ? null : this.#topRow();
    if (this.atEnd) this.#markRead();
  }

  #goToEnd() {
    this.showEnd();
    this.#scroller()?.focus();
  }

  async #earlier() {
    if (this.loading) return;
    this.loading = true;
    // What comes in goes above: the reader stays with what they see.
    this.atEnd = false;
    this.error = await loadEarlier();
    this.loading = false;
  }

  /**
   * @param {string} id
   * @param {boolean} open or to be folded again
   */
  #unfold(id, open) {
    const opened = new Set(this.opened);
    if (open) opened.add(id);
    else opened.delete(id);
    // Whoever unfolds a message reads it from its top.
    this.atEnd = false;
    this.opened = opened;
  }

  /** Read is what was on show in a window that is looked at. */
  #markRead() {
    const timeline = state.timeline;
    if (!timeline || !this.atEnd || !document.hasFocus()) return;
    const newest = newestMessage(timeline.items);
    if (!newest || newest.id === this.#markedRead) return;
    this.#markedRead = newest.id;
    // A receipt that did not get through goes out with the next message that is read.
    ipc.markRead(timeline.roomId).catch(() => (this.#markedRead = ""));
  }
}

/** @param {HTMLElement} scroller */
const heightsOf = (scroller) => `${scroller.clientHeight} ${scroller.scrollHeight}`;

customElements.define("gc-timeline", GcTimeline);
