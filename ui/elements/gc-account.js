import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { addNotice, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { AskingElement } from "./asking-element.js";
import { errorBox, remedyButton } from "./gc-error.js";

const PAGES = /** @type {const} */ (["account", "devices", "password"]);

/** The account that is signed in: its pages on the server, and signing out. */
class GcAccount extends AskingElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session"]);
  static properties = { opening: { state: true }, error: { state: true } };

  constructor() {
    super();
    /** @type {typeof PAGES[number] | null} */
    this.opening = null;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  render() {
    const { session } = state;
    if (session.state !== "signedIn") return nothing;
    const { userId, homeserver, keeping } = session;
    const names = { user: isolate(userId), server: isolate(homeserver) };
    return html`<section class="card" aria-labelledby="settings-account">
      <h2 id="settings-account">${t("settings-account")}</h2>
      <p>${t("settings-signed-in", names)}</p>
      ${this.#pages(names.server)}
      ${this.asking
        ? this.#confirm(names.user, keeping.kind === "shared")
        : html`<button type="button" class="button button-danger" @click=${() => (this.asking = true)}>
            ${t("settings-sign-out")}
          </button>`}
    </section>`;
  }

  /** @param {string} server */
  #pages(server) {
    return html`<div class="option">
      <div class="actions" role="group" aria-describedby="account-pages-help">
        ${PAGES.map(
          (page) =>
            html`<button
              type="button"
              class="button"
              aria-disabled=${this.opening === page}
              @click=${() => this.#open(page)}
            >
              ${t(`account-${page}`)}
            </button>`,
        )}
      </div>
      <p class="hint" id="account-pages-help">${t("account-pages-help", { server })}</p>
      ${this.error ? errorBox(this.error, remedyButton(this.error, { again: () => this.#openAgain() })) : nothing}
    </div>`;
  }

  /** @type {typeof PAGES[number]} */
  #page = "account";

  /** @param {typeof PAGES[number]} page */
  async #open(page) {
    if (this.opening) return;
    this.#page = page;
    this.opening = page;
    this.error = await outcome(ipc.openAccountPage(page));
    this.opening = null;
  }

  #openAgain() {
    return this.#open(this.#page);
  }

  /**
   * @param {string} user
   * @param {boolean} shared
   */
  #confirm(user, shared) {
    const words = html`<p>${t(shared ? "settings-sign-out-ask-shared" : "settings-sign-out-ask", { user })}</p>
      <p>${t("settings-sign-out-browser")}</p>`;
    const texts = { words, yes: t("settings-sign-out-yes"), no: t("settings-sign-out-no") };
    return this.question(texts, () => this.#signOut());
  }

  async #signOut() {
    this.asking = false;
    const error = await outcome(ipc.signOut());
    // The page has no account left to say it beside.
    if (error) addNotice(error);
  }
}

customElements.define("gc-account", GcAccount);
