import { copyText } from "../actions.js";
import { t } from "../l10n.js";
import { html } from "../vendor/lit.js";
import { BoundaryElement } from "./boundary.js";

const SHOWN_MS = 2000;

/** An address with a button that copies it. */
class GcCopy extends BoundaryElement {
  static properties = { text: {}, copied: { state: true } };

  constructor() {
    super();
    this.text = "";
    this.copied = false;
  }

  render() {
    // May break after the marks between its parts, and then only there.
    const parts = this.text.split(/(?<=[_:-])/u).map((part) => html`${part}<wbr />`);
    return html`<code class="address" dir="ltr">${parts}</code>
      <button
        type="button"
        class="button button-small button-quiet"
        aria-label=${this.copied ? t("copied") : t("copy-what", { address: this.text })}
        @click=${this.#copy}
      >
        ${this.copied ? t("copied") : t("copy")}
      </button>`;
  }

  async #copy() {
    this.copied = await copyText(this.text);
    if (this.copied) setTimeout(() => (this.copied = false), SHOWN_MS);
    else this.#select();
  }

  /** Where the clipboard is closed to the window, the address is marked for copying by hand. */
  #select() {
    const address = this.querySelector("code");
    if (address) getSelection()?.selectAllChildren(address);
  }
}

customElements.define("gc-copy", GcCopy);
