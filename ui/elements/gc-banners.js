import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { show, showSignIn } from "../navigate.js";
import { dropNotice, state } from "../store.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/** @typedef {Extract<import("../store.js").Session, { state: "locked" }>} Locked */
/** @typedef {Extract<import("../store.js").Session, { state: "expired" }>} Expired */

/** What has to be said above the open page, whichever it is. */
class GcBanners extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session", "notices", "start", "view"]);
  static properties = {
    trying: { state: true },
    error: { state: true },
    memorySeen: { state: true },
    catalogueSeen: { state: true },
  };

  constructor() {
    super();
    this.trying = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
    this.memorySeen = false;
    this.catalogueSeen = false;
  }

  render() {
    return html`${this.#session()} ${this.#memory()} ${this.#catalogue()}
    ${repeat(state.notices, (notice) => notice.id, (notice) => this.#notice(notice))}`;
  }

  #session() {
    const { session, view } = state;
    if (session.state === "locked") return this.#locked(session);
    if (session.state === "expired" && view.page !== "signIn") return this.#expired(session);
    return nothing;
  }

  /** @param {Locked} session */
  #locked(session) {
    return html`<section class="notice notice-calm" aria-labelledby="locked-title">
      <div role="status">
        <h2 id="locked-title">${t("locked-title")}</h2>
        <p>${t(`locked-${session.reason}`)} ${t("locked-safe")}</p>
      </div>
      <div class="actions">
        <button type="button" class="button button-primary" aria-disabled=${this.trying} @click=${this.#retry}>
          ${this.trying ? t("locked-trying") : t("try-again")}
        </button>
        <button type="button" class="button" aria-describedby="locked-anew-help" @click=${this.#anew}>
          ${t("locked-anew")}
        </button>
        <span class="hint" id="locked-anew-help">${t("locked-anew-help")}</span>
      </div>
      ${errorBox(this.error)}
    </section>`;
  }

  async #retry() {
    if (this.trying) return;
    this.trying = true;
    this.error = await outcome(ipc.retrySavedSession());
    this.trying = false;
  }

  async #anew() {
    this.error = await outcome(ipc.setAsideSavedSession());
    if (!this.error) showSignIn();
  }

  /** @param {Expired} session */
  #expired(session) {
    const names = { server: isolate(session.server), user: isolate(session.userId) };
    return html`<section class="notice notice-calm" aria-labelledby="expired-title">
      <div role="status">
        <h2 id="expired-title">${t("expired-title")}</h2>
        <p>${t("expired-text", names)}</p>
      </div>
      <div class="actions">
        <button type="button" class="button button-primary" @click=${() => showSignIn()}>${t("nav-sign-in")}</button>
        <button type="button" class="button" @click=${this.#anew}>${t("expired-other")}</button>
      </div>
      ${errorBox(this.error)}
    </section>`;
  }

  #memory() {
    const { session, view } = state;
    if (session.state !== "signedIn") return nothing;
    if (session.keeping.kind !== "memory" || this.memorySeen || view.page === "settings") return nothing;
    return html`<div class="notice notice-bar" role="status">
      <p><strong>${t("memory-title")}.</strong> ${t(`settings-reason-${session.keeping.reason}`)}</p>
      <div class="actions">
        <button type="button" class="button" @click=${() => show({ page: "settings" })}>${t("memory-next")}</button>
        ${dismissButton(() => (this.memorySeen = true))}
      </div>
    </div>`;
  }

  #catalogue() {
    const problem = state.start?.catalogueProblem;
    if (!problem || this.catalogueSeen) return nothing;
    return html`<div class="notice notice-bar" role="status">
      <p>${t("rooms-catalogue-problem", { detail: problem })}</p>
      <div class="actions">${dismissButton(() => (this.catalogueSeen = true))}</div>
    </div>`;
  }

  /** @param {import("../store.js").Notice} notice */
  #notice({ id, error }) {
    return errorBox(error, dismissButton(() => dropNotice(id)));
  }
}

/** @param {() => void} dismiss */
const dismissButton = (dismiss) =>
  html`<button type="button" class="button button-quiet" @click=${dismiss}>${t("dismiss")}</button>`;

customElements.define("gc-banners", GcBanners);
