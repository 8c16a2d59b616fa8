import { isolate, t } from "../l10n.js";
import { html, nothing } from "../vendor/lit.js";
import { BoundaryElement } from "./boundary.js";
import "./gc-copy.js";

/**
 * @typedef {object} Shown
 * @property {string} room its name
 * @property {string} link
 * @property {boolean[][]} fields
 * @property {HTMLElement | null} back what the keyboard goes back to
 */

/** Light fields around the code, without which phones do not find it. */
const MARGIN = 4;

/** A link for a phone's camera, over everything else. */
export class GcQr extends BoundaryElement {
  static properties = { shown: { state: true } };

  constructor() {
    super();
    /** @type {Shown | null} */
    this.shown = null;
  }

  /** @param {Shown} shown */
  async show(shown) {
    this.shown = shown;
    await this.updateComplete;
    this.querySelector("dialog")?.showModal();
  }

  render() {
    if (!this.shown) return nothing;
    const { room, link, fields } = this.shown;
    const close = () => this.querySelector("dialog")?.close();
    return html`<dialog class="qr" aria-labelledby="qr-title" @close=${this.#closed}>
      <h2 id="qr-title">${t("qr-title", { room: isolate(room) })}</h2>
      <p>${t("qr-text")}</p>
      ${picture(fields)}
      <gc-copy class="copy-line" text=${link}></gc-copy>
      <div class="actions">
        <button type="button" class="button button-primary" @click=${close}>${t("qr-close")}</button>
      </div>
    </dialog>`;
  }

  #closed() {
    const back = this.shown?.back;
    this.shown = null;
    back?.focus();
  }
}

/**
 * Dark on white in both themes: phones do not read it the other way round.
 *
 * @param {boolean[][]} fields
 */
function picture(fields) {
  const size = fields.length + 2 * MARGIN;
  const dark = fields.flatMap((row, y) =>
    row.map((isDark, x) => (isDark ? `M${x + MARGIN} ${y + MARGIN}h1v1h-1z` : "")),
  );
  return html`<svg class="qr-code" viewBox="0 0 ${size} ${size}" role="img" aria-label=${t("qr-picture")}>
    <rect class="qr-light" width=${size} height=${size}></rect>
    <path class="qr-dark" d=${dark.join("")}></path>
  </svg>`;
}

customElements.define("gc-qr", GcQr);
