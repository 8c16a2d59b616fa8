import { cancelSignIn, openLink, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { editForm, state } from "../store.js";
import { html, live, nothing } from "../vendor/lit.js";
import { errorBox, remedyButton } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/**
 * @typedef {Extract<import("../store.js").Session, { state: "registering" }>} Registering
 * @typedef {Registering["stage"]} Stage
 */

/**
 * The page last said to be done; each attempt has an address of its own. A server that asks for it
 * once more thinks otherwise. Outlives the element, which is away while the server thinks.
 */
let done = "";

/** What a server wants before it makes an account: rules accepted, a code, a visit to a page. */
class GcRegistering extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session", "form"]);
  static properties = {
    busy: { state: true },
    missing: { state: true },
    cancelling: { state: true },
    error: { state: true },
  };

  constructor() {
    super();
    this.busy = false;
    this.missing = false;
    this.cancelling = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  /** @type {unknown} */
  #shown = null;

  render() {
    const { session } = state;
    if (session.state !== "registering") return nothing;
    const { stage } = session;
    const server = isolate(session.server);
    return html`<form class="card form" novalidate @submit=${this.#submit}>
      <h1 tabindex="-1">${t(`stage-${stage.kind}-title`)}</h1>
      ${this.#stage(stage, server)}
      ${this.error ? errorBox(this.error, remedyButton(this.error, { again: () => this.#again() })) : nothing}
      <div class="actions">
        <button type="submit" class="button button-primary" aria-disabled=${this.busy}>
          ${this.busy ? t("one-moment") : t(`stage-${stage.kind}-next`)}
        </button>
        ${stage.kind === "page"
          ? html`<button type="button" class="button" @click=${this.#openAgain}>${t("stage-page-open")}</button>`
          : nothing}
        <button type="button" class="button button-quiet" aria-disabled=${this.cancelling} @click=${this.#cancel}>
          ${t("cancel")}
        </button>
      </div>
    </form>`;
  }

  /**
   * @param {Stage} stage
   * @param {string} server
   */
  #stage(stage, server) {
    switch (stage.kind) {
      case "terms":
        return html`<p>${t("stage-terms-text", { server })}</p>
          <ul class="policies">
            ${stage.policies.map(policy)}
          </ul>
          <p class="hint">${t("stage-terms-help")}</p>`;
      case "token":
        return this.#tokenField(stage.refused, server);
      case "page":
        return html`<p>${t("stage-page-text", { server })} ${t(pageWords(stage.stage))}</p>
          <p>${t("stage-page-after")}</p>
          ${stage.address === done && !this.busy
            ? html`<p class="notice" role="status">${t("stage-page-not-yet")}</p>`
            : nothing}`;
    }
  }

  /**
   * @param {boolean} refused
   * @param {string} server
   */
  #tokenField(refused, server) {
    const wrong = this.missing ? t("stage-token-missing") : refused && !this.busy ? t("stage-token-refused") : null;
    return html`<p>${t("stage-token-text", { server })}</p>
      <div class="field">
        <label for="token">${t("stage-token-label")}</label>
        <input
          id="token"
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          aria-errormessage="token-error"
          aria-invalid=${wrong ? "true" : "false"}
          .value=${live(state.form.token)}
          @input=${(/** @type {Event} */ event) => {
            this.missing = false;
            editForm({ token: /** @type {HTMLInputElement} */ (event.target).value });
          }}
        />
        ${wrong ? html`<p class="field-error" id="token-error" role="alert">${wrong}</p>` : nothing}
      </div>`;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const { session } = state;
    if (this.busy || session.state !== "registering") return;
    switch (session.stage.kind) {
      case "terms":
        return void this.#answer({ kind: "accept" });
      case "token":
        return this.#sendToken(state.form.token.trim());
      case "page":
        done = session.stage.address;
        return void this.#answer({ kind: "done" });
    }
  }

  /** @param {string} token */
  #sendToken(token) {
    this.missing = token === "";
    if (this.missing) this.#focus("#token");
    else void this.#answer({ kind: "token", token });
  }

  /** @param {ipc.RegistrationAnswer} answer */
  async #answer(answer) {
    this.busy = true;
    this.error = await outcome(ipc.answerRegistration(answer));
    this.busy = false;
  }

  #again() {
    this.querySelector("form")?.requestSubmit();
  }

  async #openAgain() {
    this.error = await outcome(ipc.openBrowserAgain());
  }

  async #cancel() {
    if (this.cancelling) return;
    this.cancelling = true;
    await cancelSignIn();
    this.cancelling = false;
  }

  /** Each stage begins at its heading, or at the field to be filled in. */
  updated() {
    const { session } = state;
    if (session.state !== "registering" || session.stage === this.#shown) return;
    this.#shown = session.stage;
    this.error = null;
    this.#focus(session.stage.kind === "token" ? "#token" : "h1");
  }

  refocus() {
    return /** @type {HTMLElement | null} */ (this.querySelector("h1"));
  }

  /** @param {string} selector */
  #focus(selector) {
    /** @type {HTMLElement | null} */ (this.querySelector(selector))?.focus();
  }
}

/** What a page of a known kind is for; its name comes from the server, so it is no key by itself. */
const PAGES = new Map([
  ["m.login.email.identity", "stage-page-email"],
  ["m.login.msisdn", "stage-page-phone"],
  ["m.login.recaptcha", "stage-page-person"],
]);

/** @param {string} stage */
const pageWords = (stage) => PAGES.get(stage) ?? "stage-page-other";

/** @param {import("../bindings/Policy.ts").Policy} policy */
const policy = ({ name, address }) =>
  html`<li>
    <a
      class="web-link"
      href=${address}
      title=${address}
      rel="noreferrer"
      @click=${(/** @type {Event} */ event) => {
        event.preventDefault();
        void openLink(address);
      }}
      ><bdi>${name}</bdi></a
    >
    <bdi class="link-host">(${t("link-host", { host: hostOf(address) })})</bdi>
  </li>`;

/** @param {string} address */
function hostOf(address) {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
}

customElements.define("gc-registering", GcRegistering);
