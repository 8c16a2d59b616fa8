import { hasNews, newsOf } from "../joins.js";
import { isolate, t } from "../l10n.js";
import { state } from "../store.js";
import { newestMessage } from "../timeline.js";
import { plainText } from "../tree.js";
import { html } from "../vendor/lit.js";
import { drawnOr } from "./boundary.js";
import { StoreElement } from "./store-element.js";

const LONGEST = 200;

/**
 * Tells screen readers of new messages in the open room, and how joining goes on. What they are told
 * of is no live region itself, or every earlier message that is fetched and every second of a wait
 * would be read out as well.
 */
class GcAnnouncer extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["timeline", "plan"]);

  #roomId = "";
  #newest = "";
  #words = "";
  #plan = state.plan;
  #joins = "";

  render() {
    const { timeline } = state;
    const newest = timeline ? newestMessage(timeline.items) : undefined;
    if (timeline && newest) drawnOr(() => this.#take(timeline.roomId, newest), () => {});
    // What was said stays until there is something else: words that go at once are not read.
    this.#joins = newsOf(this.#plan, state.plan) || (hasNews(state.plan) ? this.#joins : "");
    this.#plan = state.plan;
    return html`<div class="visually-hidden" role="status" aria-live="polite">${this.#words}</div>
      <div class="visually-hidden" role="status" aria-live="polite">${this.#joins}</div>`;
  }

  /**
   * @param {string} roomId
   * @param {import("../timeline.js").MessageItem} newest
   */
  #take(roomId, { id, message }) {
    const isNews = roomId === this.#roomId && id !== this.#newest && !message.own;
    this.#roomId = roomId;
    this.#newest = id;
    if (!isNews) return;
    const text = plainText(message.blocks).slice(0, LONGEST);
    this.#words = t("room-announce", { name: isolate(message.sender.name), text });
  }
}

customElements.define("gc-announcer", GcAnnouncer);
