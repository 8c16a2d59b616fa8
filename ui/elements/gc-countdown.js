import { t, timeUntil } from "../l10n.js";
import { html } from "../vendor/lit.js";
import { BoundaryElement } from "./boundary.js";

/** A sentence with the time left until a moment, kept true every second. */
class GcCountdown extends BoundaryElement {
  static properties = { until: { attribute: false }, words: {}, over: {} };

  constructor() {
    super();
    /** When, in milliseconds since the Unix epoch. */
    this.until = 0;
    /** The sentence, with `$time`. */
    this.words = "";
    /** The sentence for when the time is over; the first one stays where this is empty. */
    this.over = "";
  }

  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    super.connectedCallback();
    this.#timer = setInterval(() => this.requestUpdate(), 1000);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  render() {
    const left = this.until - Date.now();
    if (left <= 0 && this.over !== "") return html`${t(this.over)}`;
    return html`${t(this.words, { time: timeUntil(left) })}`;
  }
}

customElements.define("gc-countdown", GcCountdown);
