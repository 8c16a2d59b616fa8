import { state } from "../store.js";
import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { t } from "../l10n.js";
import { showSignIn } from "../navigate.js";
import { html, live, nothing } from "../vendor/lit.js";
import { errorBox, remedyButton } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-account.js";
import "./gc-remove.js";

/** @typedef {Extract<import("../store.js").Session, { state: "signedIn" }>} SignedIn */

const THEMES = /** @type {const} */ (["system", "light", "dark"]);

/** Appearance, where the sign-in is kept, the account. */
class GcSettings extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["session", "start"]);
  static properties = { busy: { state: true }, kept: { state: true }, error: { state: true }, links: { state: true }, linksError: { state: true } };

  constructor() {
    super();
    this.busy = false;
    this.kept = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
    /** Whether this app opens `matrix:` links. @type {import("../bindings/MatrixLinks.js").MatrixLinks} */
    this.links = "unavailable";
    /** @type {import("../store.js").UiError | null} */
    this.linksError = null;
  }

  async firstUpdated() {
    this.links = await ipc.matrixLinks();
  }

  render() {
    const { session, start } = state;
    return html`<div class="settings">
      <h1>${t("settings-title")}</h1>
      ${this.#appearance()}
      ${this.links === "unavailable" ? nothing : this.#links()}
      ${session.state === "signedIn" ? html`${this.#keeping(session)} <gc-account></gc-account>` : html`${signedOut(session)} <gc-remove></gc-remove>`}
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

  #links() {
    return html`<section class="card" aria-labelledby="settings-links">
      <h2 id="settings-links">${t("settings-links")}</h2>
      <p>${t("settings-links-own")}</p>
      <label class="choice">
        <input
          type="checkbox"
          aria-describedby="settings-links-help"
          .checked=${live(this.links === "on")}
          @change=${(/** @type {Event} */ event) => {
            void this.#takeLinks(/** @type {HTMLInputElement} */ (event.target).checked);
          }}
        />
        ${t("settings-links-matrix")}
      </label>
      <p class="hint" id="settings-links-help">${t("settings-links-matrix-help")}</p>
      ${errorBox(this.linksError)}
    </section>`;
  }

  /** @param {boolean} on */
  async #takeLinks(on) {
    this.linksError = null;
    try {
      this.links = await ipc.takeMatrixLinks(on);
    } catch (error) {
      this.linksError = /** @type {import("../store.js").UiError} */ (error);
    }
    // The box shows what holds, not what was wanted.
    this.requestUpdate();
  }

  /** @param {SignedIn} session */
  #keeping({ keeping }) {
    return html`<section class="card" aria-labelledby="settings-keeping">
      <h2 id="settings-keeping">${t("settings-keeping")}</h2>
      ${keeping.kind === "memory" ? html`<p>${t(`settings-reason-${keeping.reason}`)}</p>` : nothing}
      <p>${t(`settings-keeping-${keeping.kind}`)}</p>
      ${this.kept && keeping.kind !== "memory" ? html`<p role="status">${t("settings-kept")}</p>` : nothing}
      ${keeping.kind === "memory" || keeping.kind === "disk" ? this.#keepButton("keyring") : nothing}
      ${keeping.kind === "memory" ? this.#keepButton("disk") : nothing}
      ${this.error ? errorBox(this.error, remedyButton(this.error, { again: () => this.#keep(this.#place) })) : nothing}
    </section>`;
  }

  /** @type {"keyring" | "disk"} */
  #place = "keyring";

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
        ${this.busy ? t("one-moment") : t(`settings-keep-${place}`)}
      </button>
      <p class="hint" id="keep-${place}-help">${t(`settings-keep-${place}-help`)}</p>
    </div>`;
  }

  /** @param {"keyring" | "disk"} place */
  async #keep(place) {
    if (this.busy) return;
    this.#place = place;
    this.busy = true;
    this.error = await outcome(ipc.keepSession(place));
    this.kept = this.error === null;
    this.busy = false;
  }

  refocus() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".button"));
  }
}

/** @param {typeof THEMES[number]} theme */
function chooseTheme(theme) {
  if (theme === "system") localStorage.removeItem("theme");
  else localStorage.setItem("theme", theme);
  dispatchEvent(new Event("themechange"));
  // Where it cannot be kept it holds for this run, as it shows.
  ipc.keepTheme(theme).catch(() => {});
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
