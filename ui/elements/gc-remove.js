import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { addNotice, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { AskingElement } from "./asking-element.js";

/** @typedef {import("../store.js").Session} Session */

/** What sessions have left on this computer while nobody is signed in, and how to remove it. */
class GcRemove extends AskingElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session"]);
  static properties = { removing: { state: true }, removed: { state: true } };

  constructor() {
    super();
    this.removing = false;
    this.removed = false;
  }

  render() {
    const { session } = state;
    const offered = canRemove(session);
    if (!offered && !this.removed) return nothing;
    return html`<section class="card" aria-labelledby="settings-remove">
      <h2 id="settings-remove">${t("remove-title")}</h2>
      ${offered ? this.#offer(session) : html`<p role="status">${t("remove-done")}</p>`}
    </section>`;
  }

  /** @param {Session} session */
  #offer(session) {
    return html`<p>${whatIsHere(session)}</p>
      ${this.asking
        ? this.#confirm()
        : html`<button
            type="button"
            class="button button-danger"
            aria-disabled=${this.removing}
            @click=${() => (this.asking = !this.removing)}
          >
            ${this.removing ? t("remove-doing") : t("remove-button")}
          </button>`}`;
  }

  #confirm() {
    const texts = { words: html`<p>${t("remove-ask")}</p>`, yes: t("remove-yes"), no: t("remove-no") };
    return this.question(texts, () => this.#remove());
  }

  async #remove() {
    this.asking = false;
    this.removing = true;
    // Signing out removes what every session has left, whether one of them is open or not.
    const error = await outcome(ipc.signOut());
    this.removing = false;
    this.removed = error === null;
    if (error) addNotice(error);
  }
}

/**
 * Whether something is left that can be removed: what another app uses cannot.
 *
 * @param {Session} session
 */
export function canRemove(session) {
  if (session.state === "locked") return session.reason !== "profileInUse" && session.reason !== "diskUnwritable";
  return session.state === "expired" || (session.state === "signedOut" && session.setAside);
}

/** @param {Session} session */
function whatIsHere(session) {
  if (session.state === "expired") return t("remove-expired", { user: isolate(session.userId) });
  return t(session.state === "locked" ? "remove-locked" : "remove-aside");
}

customElements.define("gc-remove", GcRemove);
