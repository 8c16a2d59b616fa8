import { addNotice, state } from "../store.js";
import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { showSignIn } from "../navigate.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/** @typedef {Extract<import("../store.js").Session, { state: "signedIn" }>} SignedIn */

const THEMES = /** @type {const} */ (["system", "light", "dark"]);

/** Appearance, where the sign-in is kept, signing out. */
class GcSettings extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session", "start"]);
  static properties = {
    asking: { state: true },
    busy: { state: true },
    kept: { state: true },
    error: { state: true },
  };

  constructor() {
    super();
    this.asking = false;
    this.busy = false;
    this.kept = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  render() {
    const { session, start } = state;
    return html`<div class="settings">
      <h1>${t("settings-title")}</h1>
      ${this.#appearance()}
      ${session.state === "signedIn" ? html`${this.#keeping(session)} ${this.#account(session)}` : signedOut(session)}
      <section class="card" aria-labelledby="settings-about">
        <h2 id="settings-about">${t("settings-about")}</h2>
        <p>${t("settings-version", { version: start?.version ?? "" })}</p>
        <p class="hint">${t("settings-about-text")}</p>
      </section>
    </div>`;
  }

  #appearance() {
    const chosen = localStorage.getItem("theme") ?? "system";
    return html`<section class="card">
      <fieldset class="choices">
        <legend><h2>${t("settings-appearance")}</h2></legend>
        ${THEMES.map(
          (theme) =>
            html`<label class="choice">
              <input
                type="radio"
                name="theme"
                value=${theme}
                .checked=${theme === chosen}
                @change=${() => chooseTheme(theme)}
              />
              ${t(`settings-theme-${theme}`)}
            </label>`,
        )}
      </fieldset>
    </section>`;
  }

  /** @param {SignedIn} session */
  #keeping({ keeping }) {
    return html`<section class="card" aria-labelledby="settings-keeping">
      <h2 id="settings-keeping">${t("settings-keeping")}</h2>
      ${keeping.kind === "memory" ? html`<p>${t(`settings-reason-${keeping.reason}`)}</p>` : nothing}
      <p>${t(`settings-keeping-${keeping.kind}`)}</p>
      ${this.kept && keeping.kind !== "memory" ? html`<p role="status">${t("settings-kept")}</p>` : nothing}
      ${keeping.kind === "keyring" ? nothing : this.#keepButton("keyring")}
      ${keeping.kind === "memory" ? this.#keepButton("disk") : nothing} ${errorBox(this.error)}
    </section>`;
  }

  /** @param {"keyring" | "disk"} place */
  #keepButton(place) {
    const style = place === "keyring" ? "button-primary" : "";
    return html`<div class="option">
      <button
        type="button"
        class="button ${style}"
        aria-describedby="keep-${place}-help"
        aria-disabled=${this.busy}
        @click=${() => this.#keep(place)}
      >
        ${this.busy ? t("settings-keep-busy") : t(`settings-keep-${place}`)}
      </button>
      <p class="hint" id="keep-${place}-help">${t(`settings-keep-${place}-help`)}</p>
    </div>`;
  }

  /** @param {"keyring" | "disk"} place */
  async #keep(place) {
    if (this.busy) return;
    this.busy = true;
    this.error = await outcome(ipc.keepSession(place));
    this.kept = this.error === null;
    this.busy = false;
  }

  /** @param {SignedIn} session */
  #account({ userId, homeserver }) {
    const user = isolate(userId);
    return html`<section class="card" aria-labelledby="settings-account">
      <h2 id="settings-account">${t("settings-account")}</h2>
      <p>${t("settings-signed-in", { user, server: isolate(homeserver) })}</p>
      ${this.asking
        ? html`<div class="confirm" role="alert">
            <p>${t("settings-sign-out-ask", { user })}</p>
            <div class="actions">
              <button type="button" class="button button-danger" @click=${this.#signOut}>
                ${t("settings-sign-out-yes")}
              </button>
              <button type="button" class="button" @click=${() => (this.asking = false)}>
                ${t("settings-sign-out-no")}
              </button>
            </div>
          </div>`
        : html`<button type="button" class="button button-danger" @click=${() => (this.asking = true)}>
            ${t("settings-sign-out")}
          </button>`}
    </section>`;
  }

  /** From "Sign out" to the harmless answer, and back. */
  refocus() {
    return /** @type {HTMLElement | null} */ (
      this.querySelector(".confirm .button:last-child") ?? this.querySelector(".button-danger, .button-primary")
    );
  }

  updated() {
    this.querySelector(".confirm")?.scrollIntoView({ block: "nearest" });
  }

  async #signOut() {
    this.asking = false;
    const error = await outcome(ipc.signOut());
    // The page has no account left to say it beside.
    if (error) addNotice(error);
  }
}

/** @param {typeof THEMES[number]} theme */
function chooseTheme(theme) {
  if (theme === "system") localStorage.removeItem("theme");
  else localStorage.setItem("theme", theme);
  dispatchEvent(new Event("themechange"));
}

/** @param {import("../store.js").Session} session */
const signedOut = (session) =>
  html`<section class="card" aria-labelledby="settings-account">
    <h2 id="settings-account">${t("settings-account")}</h2>
    ${session.state === "signingOut"
      ? html`<p role="status">${t("settings-signing-out")}</p>`
      : html`<p>${t("settings-signed-out")}</p>`}
    ${session.state === "signedOut" || session.state === "expired"
      ? html`<button type="button" class="button button-primary" @click=${() => showSignIn()}>
          ${t("nav-sign-in")}
        </button>`
      : nothing}
  </section>`;

customElements.define("gc-settings", GcSettings);
