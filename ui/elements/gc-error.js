import { describe } from "../errors.js";
import { html, LitElement, nothing } from "../vendor/lit.js";
import "./gc-countdown.js";

/** @typedef {import("../bindings/UiError.ts").UiError} UiError */

/** An error in sentences, with a countdown where the server said when to try again. */
class GcError extends LitElement {
  static properties = { error: { attribute: false }, until: { state: true } };

  constructor() {
    super();
    /** @type {UiError | null} */
    this.error = null;
    /** @type {number | null} */
    this.until = null;
  }

  #shown = "";

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    // The same error may come again in a new object; its countdown goes on.
    const now = JSON.stringify(this.error);
    if (now === this.#shown) return;
    this.#shown = now;
    const wait = this.error?.retryAfterMs ?? null;
    this.until = wait === null ? null : Date.now() + wait;
  }

  render() {
    if (!this.error) return nothing;
    const { what, safe, next } = describe(this.error);
    return html`<p class="error-what">${what}</p>
      ${safe ? html`<p class="error-safe">${safe}</p>` : nothing}
      ${this.until !== null
        ? html`<p class="error-next">
            <gc-countdown
              .until=${this.until}
              words="error-rateLimited-wait"
              over="error-rateLimited-now"
            ></gc-countdown>
          </p>`
        : next
          ? html`<p class="error-next">${next}</p>`
          : nothing}`;
  }
}

customElements.define("gc-error", GcError);

/**
 * An error that screen readers are told of when it appears.
 *
 * @param {UiError | null} error
 * @param {unknown} [actions]
 */
export const errorBox = (error, actions = nothing) =>
  error
    ? html`<div class="notice notice-error" role="alert">
        <gc-error .error=${error}></gc-error>
        ${actions === nothing ? nothing : html`<div class="actions">${actions}</div>`}
      </div>`
    : nothing;

