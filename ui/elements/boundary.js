/**
 * Error boundaries: what cannot be drawn is replaced by a sentence, and everything else goes on. Data from servers
 * decides what is drawn, so that one value that nobody expected must not stop the drawing of the rest.
 */
import { t } from "../l10n.js";
import { html, LitElement } from "../vendor/lit.js";

/**
 * What `draw` makes, or what `instead` makes where that throws.
 *
 * @template T
 * @template U
 * @param {() => T} draw
 * @param {() => U} instead
 */
export function drawnOr(draw, instead) {
  try {
    return draw();
  } catch (fault) {
    console.error(fault);
    return instead();
  }
}

/** Stands in the place of a room that cannot be drawn. */
export const brokenRoom = () => html`<p class="hint">${t("boundary-room")}</p>`;

/**
 * An element in light DOM that survives an error of its own template or of one in it: it shows a sentence in its
 * place, and is drawn from scratch by the next update.
 */
export class BoundaryElement extends LitElement {
  #failed = false;

  /** Styles and labels are the document's, so there is no shadow root. */
  createRenderRoot() {
    return this;
  }

  /** @param {Map<string, unknown>} changed */
  update(changed) {
    if (this.#failed) this.replaceChildren();
    this.#failed = false;
    try {
      super.update(changed);
    } catch (fault) {
      this.#failed = true;
      // Lit goes on where it stopped with the part that it keeps on the element, which fits nothing now.
      Reflect.deleteProperty(this, "_$litPart$");
      const note = Object.assign(document.createElement("p"), { className: "unreadable" });
      note.textContent = t("boundary-part");
      this.replaceChildren(note);
      // Lit takes note that this update is over, or there would be no other one, and the error gets into the log.
      throw fault;
    }
  }
}
