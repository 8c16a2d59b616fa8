import { html } from "../vendor/lit.js";
import { StoreElement } from "./store-element.js";

/** An element with a button for what cannot be undone: a question takes its place before anything is done. */
export class AskingElement extends StoreElement {
  static properties = /** @type {Record<string, object>} */ ({ asking: { state: true } });

  constructor() {
    super();
    /** Whether the question is there. */
    this.asking = false;
  }

  /**
   * The question, with the answer that does it and the harmless one.
   *
   * @param {{ words: unknown, yes: unknown, no: string, busy?: boolean, then?: unknown }} texts `words` are
   *     one or more paragraphs, and `then` stands below the answers
   * @param {() => unknown} answered what to do
   */
  question({ words, yes, no, busy = false, then }, answered) {
    return html`<div class="confirm" role="alert">
      ${words}
      <div class="actions">
        <button type="button" class="button button-danger" aria-disabled=${busy} @click=${answered}>${yes}</button>
        <button type="button" class="button" @click=${() => (this.asking = false)}>${no}</button>
      </div>
      ${then}
    </div>`;
  }

  /** From the button to the harmless answer, and back. */
  refocus() {
    return /** @type {HTMLElement | null} */ (
      this.querySelector(".confirm .button:last-child") ?? this.querySelector(".button-danger")
    );
  }

  updated() {
    this.querySelector(".confirm")?.scrollIntoView({ block: "nearest" });
  }
}
