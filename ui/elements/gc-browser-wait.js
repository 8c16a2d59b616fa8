import { cancelSignIn, copyText, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { around, isolate, t } from "../l10n.js";
import { state } from "../store.js";
import { html, live, nothing } from "../vendor/lit.js";
import { errorBox, remedyButton } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import { named } from "./ways.js";

const SHOWN_MS = 2000;

/** While the system's browser is away: what it is doing there, and what to do when it does not come back. */
class GcBrowserWait extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session"]);
  static properties = {
    cancelling: { state: true },
    copied: { state: true },
    pasted: { state: true },
    busy: { state: true },
    error: { state: true },
    pasteError: { state: true },
  };

  constructor() {
    super();
    this.cancelling = false;
    this.copied = false;
    this.pasted = "";
    this.busy = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
    /** @type {import("../store.js").UiError | null} */
    this.pasteError = null;
  }

  render() {
    const { session } = state;
    if (session.state !== "waitingForBrowser") return nothing;
    const { host, creating, address } = session;
    return html`<section class="card form" aria-labelledby="wait-title">
      <h1 id="wait-title" tabindex="-1">${t(creating ? "wait-title-create" : "wait-title")}</h1>
      <p>${named(around(creating ? "wait-text-create" : "wait-text", "host"), host)}</p>
      <ol class="steps">
        <li>${t(creating ? "wait-step-create" : "wait-step-sign-in")}</li>
        <li>${t("wait-step-allow")}</li>
        <li>${t("wait-step-back")}</li>
      </ol>
      <p class="hint">${t("wait-check", { host: isolate(host) })}</p>
      <div class="progress" role="status">
        <span class="spinner" aria-hidden="true"></span>
        <p>${this.cancelling ? t("sign-in-cancelling") : t("wait-waiting")}</p>
        <button type="button" class="button" aria-disabled=${this.cancelling} @click=${this.#cancel}>${t("cancel")}</button>
      </div>
      <div class="actions">
        <button type="button" class="button" @click=${this.#openAgain}>${t("wait-open-again")}</button>
        <button type="button" class="button button-quiet" @click=${() => this.#copy(address)}>
          ${this.copied ? t("copied") : t("wait-copy")}
        </button>
      </div>
      ${this.error ? errorBox(this.error, remedyButton(this.error, {})) : nothing} ${this.#paste()}
    </section>`;
  }

  /** The other way back, for browsers that may not call this app. */
  #paste() {
    return html`<details class="fold" @toggle=${() => this.#show(".fold")}>
      <summary>${t("paste-title")}</summary>
      <form novalidate @submit=${this.#send}>
        <p id="paste-help">${t("paste-text")}</p>
        <div class="field">
          <label for="pasted">${t("paste-label")}</label>
          <input
            id="pasted"
            type="text"
            inputmode="url"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby="paste-help"
            aria-errormessage="pasted-error"
            aria-invalid=${this.pasteError ? "true" : "false"}
            .value=${live(this.pasted)}
            @input=${(/** @type {Event} */ event) => {
              this.pasted = /** @type {HTMLInputElement} */ (event.target).value;
            }}
          />
          ${this.pasteError ? this.#pasteError(this.pasteError) : nothing}
        </div>
        <button type="submit" class="button" aria-disabled=${this.busy}>
          ${this.busy ? t("one-moment") : t("paste-send")}
        </button>
      </form>
    </details>`;
  }

  /** @param {import("../store.js").UiError} error */
  #pasteError(error) {
    const field = () => /** @type {HTMLInputElement} */ (this.querySelector("#pasted"));
    const again = () => field().form?.requestSubmit();
    return html`<div class="field-error" id="pasted-error" role="alert">
      <gc-error .error=${error}></gc-error>
      ${remedyButton(error, { again, correct: () => field().select() })}
    </div>`;
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.pasteError = await outcome(ipc.pasteAddress(this.pasted.trim()));
    this.busy = false;
    if (this.pasteError) this.#show("#pasted-error");
  }

  /**
   * What has just appeared may be below the window's edge; its words are there a moment later.
   *
   * @param {string} selector
   */
  #show(selector) {
    requestAnimationFrame(() => this.querySelector(selector)?.scrollIntoView({ block: "nearest" }));
  }

  async #cancel() {
    if (this.cancelling) return;
    this.cancelling = true;
    await cancelSignIn();
    this.cancelling = false;
  }

  async #openAgain() {
    this.error = await outcome(ipc.openBrowserAgain());
  }

  /** @param {string} address */
  async #copy(address) {
    this.copied = await copyText(address);
    if (this.copied) setTimeout(() => (this.copied = false), SHOWN_MS);
  }

  /** The page's own heading says what has happened to those who do not see it change. */
  firstUpdated() {
    /** @type {HTMLElement | null} */ (this.querySelector("h1"))?.focus();
  }

  refocus() {
    return /** @type {HTMLElement | null} */ (this.querySelector("h1"));
  }
}

customElements.define("gc-browser-wait", GcBrowserWait);
