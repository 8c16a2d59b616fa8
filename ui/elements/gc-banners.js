import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { show, showSignIn } from "../navigate.js";
import { dropNotice, state } from "../store.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { errorBox, remedyButton } from "./gc-error.js";
import { canRemove } from "./gc-remove.js";
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

  willUpdate() {
    // The next user has not read it.
    if (state.session.state !== "signedIn") this.memorySeen = false;
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
  #locked({ reason }) {
    // No key opens a damaged file, and what another app uses cannot be set aside.
    return html`<section class="notice notice-calm" aria-labelledby="locked-title">
      <div role="status">
        <h2 id="locked-title">${t("locked-title")}</h2>
        <p>${t(`locked-${reason}`)} ${t("locked-safe")}</p>
      </div>
      <div class="actions">
        ${reason === "fileUnreadable"
          ? html`${this.#anewButton("button-primary")} ${this.#retryButton("")}`
          : html`${this.#retryButton("button-primary")} ${reason === "profileInUse" ? nothing : this.#anewButton("")}`}
        ${reason === "profileInUse" ? nothing : html`<span class="hint" id="locked-anew-help">${t("locked-anew-help")}</span>`}
        ${canRemove(state.session) ? removeLink() : nothing}
      </div>
      ${errorBox(this.error)}
    </section>`;
  }

  /** @param {string} style */
  #retryButton(style) {
    return html`<button type="button" class="button ${style}" aria-disabled=${this.trying} @click=${this.#retry}>
      ${this.trying ? t("locked-trying") : t("try-again")}
    </button>`;
  }

  /** @param {string} style */
  #anewButton(style) {
    return html`<button type="button" class="button ${style}" aria-describedby="locked-anew-help" @click=${this.#anew}>
      ${t("locked-anew")}
    </button>`;
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
    const words = session.broken ? "expired-broken" : "expired-text";
    return html`<section class="notice notice-calm" aria-labelledby="expired-title">
      <div role="status">
        <h2 id="expired-title">${t("expired-title")}</h2>
        <p>${t(words, names)}</p>
      </div>
      <div class="actions">
        <button type="button" class="button button-primary" @click=${() => showSignIn()}>${t("nav-sign-in")}</button>
        <button type="button" class="button" @click=${this.#anew}>${t("expired-other")}</button>
        ${removeLink()}
      </div>
      ${errorBox(this.error)}
    </section>`;
  }

  /** A sign-in that ends with the app: because nothing could keep it, or because nothing shall. */
  #memory() {
    const { session, view } = state;
    if (session.state !== "signedIn" || this.memorySeen || view.page === "settings") return nothing;
    const { keeping } = session;
    if (keeping.kind !== "memory" && keeping.kind !== "shared") return nothing;
    const shared = keeping.kind === "shared";
    return html`<div class="notice notice-bar" role="status">
      <p>
        <strong>${t(shared ? "shared-title" : "memory-title")}.</strong>
        ${shared ? t("shared-text") : t(`settings-reason-${keeping.reason}`)}
      </p>
      <div class="actions">
        <button type="button" class="button" @click=${() => show({ page: "settings" })}>
          ${t("memory-next")}
        </button>
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
    const drop = () => dropNotice(id);
    const remedy = remedyButton(error, {});
    return errorBox(error, html`${remedy} ${dismissButton(drop)}`);
  }
}

/** What it removes is said, and asked about, in the settings. */
const removeLink = () =>
  html`<button type="button" class="link-button" @click=${() => show({ page: "settings", part: "remove" })}>${t("remove-link")}</button>`;

/** @param {() => void} dismiss */
const dismissButton = (dismiss) =>
  html`<button type="button" class="button button-quiet" @click=${dismiss}>${t("dismiss")}</button>`;

customElements.define("gc-banners", GcBanners);
