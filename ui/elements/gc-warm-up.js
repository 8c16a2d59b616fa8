import { t } from "../l10n.js";
import { state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { drawMessage } from "./message.js";
import { StoreElement } from "./store-element.js";

/** As many as it takes for the engine to have seen enough of them. */
const ROWS = 10;

/**
 * A conversation that nobody sees, while the server looks at a password: what has to be made for the first messages on
 * show, such as letters in their sizes, formats for times and the engine's own translation of this code, is then there
 * when the real ones come.
 */
class GcWarmUp extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session"]);

  render() {
    if (state.session.state !== "signingIn") return nothing;
    return html`<ol class="rows warm-up" aria-hidden="true" inert>
      ${Array.from({ length: ROWS }, (_, row) => drawMessage(sample(row % 2 === 0), true, () => {}))}
    </ol>`;
  }
}

/**
 * @param {boolean} head
 * @returns {import("../timeline.js").MessageRow}
 */
function sample(head) {
  const text = t("product");
  const inlines = [
    { type: /** @type {const} */ ("text"), text },
    { type: /** @type {const} */ ("strong"), inlines: [{ type: /** @type {const} */ ("text"), text }] },
    { type: /** @type {const} */ ("code"), text },
  ];
  const sender = { userId: text, name: text, ambiguous: true };
  const message = {
    sender,
    own: true,
    timeMs: Date.now(),
    blocks: [{ type: /** @type {const} */ ("paragraph"), inlines }],
    emojiOnly: false,
    emote: false,
    notice: false,
    edited: false,
    highlighted: false,
    replyTo: null,
    reactions: [],
    media: null,
    unreadable: null,
    sendState: null,
  };
  return { type: "message", id: "", item: { kind: "message", id: "", message }, head };
}

customElements.define("gc-warm-up", GcWarmUp);
