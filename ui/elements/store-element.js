import { listen } from "../store.js";
import { BoundaryElement } from "./boundary.js";

/**
 * An element in light DOM that draws itself anew when a part of the store it names has changed.
 */
export class StoreElement extends BoundaryElement {
  /** @type {import("../store.js").Topic[]} */
  static topics = [];

  /** @type {(() => void) | null} */
  #stop = null;

  connectedCallback() {
    super.connectedCallback();
    const { topics } = /** @type {typeof StoreElement} */ (this.constructor);
    this.#stop ??= listen((changed) => {
      if (topics.some((topic) => changed.has(topic))) this.requestUpdate();
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop?.();
    this.#stop = null;
  }

  /**
   * A button that gives way to something else must not drop the keyboard's user at the window's
   * beginning.
   *
   * @param {Map<string, unknown>} changed
   */
  update(changed) {
    const hadFocus = this.contains(document.activeElement);
    super.update(changed);
    if (hadFocus && document.activeElement === document.body) this.refocus()?.focus();
  }

  /**
   * What takes the focus when the element that had it is gone.
   *
   * @returns {HTMLElement | null}
   */
  refocus() {
    return document.querySelector("main");
  }
}
