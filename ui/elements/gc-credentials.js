import { fieldOf } from "../errors.js";
import { t } from "../l10n.js";
import { editForm, state } from "../store.js";
import { html, live, nothing } from "../vendor/lit.js";
import { remedyButton } from "./gc-error.js";
import { useServer } from "./gc-server.js";
import { StoreElement } from "./store-element.js";

/** @typedef {"user" | "password"} Field */

/** User name and password: of an account that is there, or of one to be made. */
class GcCredentials extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["form"]);
  static properties = { busy: { attribute: false }, visible: { state: true }, missing: { state: true } };

  constructor() {
    super();
    /** A sign-in is under way. */
    this.busy = false;
    /** The password is shown as it is typed. */
    this.visible = false;
    /** @type {Field | null} */
    this.missing = null;
  }

  render() {
    return html`${this.#user()} ${this.#password()}`;
  }

  /** Whether both fields are filled in; else the first empty one is pointed out. */
  check() {
    const { user, password } = state.form;
    this.missing = user.trim() === "" ? "user" : password === "" ? "password" : null;
    if (this.missing) this.focusField(this.missing);
    else this.visible = false;
    return this.missing === null;
  }

  /** @param {Field} field */
  focusField(field) {
    /** @type {HTMLElement | null} */ (this.querySelector(`#${field}`))?.focus();
  }

  #user() {
    return html`<div class="field">
      <label for="user">${t("sign-in-user")}</label>
      <input
        id="user"
        type="text"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="user-help"
        aria-errormessage="user-error"
        aria-invalid=${this.#invalid("user")}
        ?readonly=${this.busy}
        .value=${live(state.form.user)}
        @input=${this.#edit("user")}
      />
      <p class="hint" id="user-help">${t(state.form.creating ? "register-user-help" : "sign-in-user-help")}</p>
      ${this.#error("user")}
    </div>`;
  }

  #password() {
    const { creating } = state.form;
    const toggle = this.visible ? t("sign-in-password-hide") : t("sign-in-password-show");
    return html`<div class="field">
      <label for="password">${t("sign-in-password")}</label>
      <div class="with-button">
        <input
          id="password"
          type=${this.visible ? "text" : "password"}
          autocomplete=${creating ? "new-password" : "current-password"}
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="password-help"
          aria-errormessage="password-error"
          aria-invalid=${this.#invalid("password")}
          ?readonly=${this.busy}
          .value=${live(state.form.password)}
          @input=${this.#edit("password")}
        />
        <button type="button" class="button" @click=${() => (this.visible = !this.visible)}>${toggle}</button>
      </div>
      <p class="hint" id="password-help">${t(creating ? "register-password-help" : "sign-in-password-help")}</p>
      ${this.#error("password")}
    </div>`;
  }

  /** @param {Field} field */
  #error(field) {
    if (this.missing === field) {
      return html`<p class="field-error" id="${field}-error" role="alert">${t(`sign-in-${field}-missing`)}</p>`;
    }
    const error = errorOf(field);
    if (!error) return nothing;
    const correct = () => /** @type {HTMLInputElement} */ (this.querySelector(`#${field}`)).select();
    return html`<div class="field-error" id="${field}-error" role="alert">
      <gc-error .error=${error}></gc-error>
      ${this.busy ? nothing : remedyButton(error, { correct, useServer, otherUser: () => this.#otherUser() })}
    </div>`;
  }

  #otherUser() {
    editForm({ user: "", password: "", error: null });
    this.focusField("user");
  }

  /** @param {Field} field */
  #invalid(field) {
    return this.missing === field || errorOf(field) ? "true" : "false";
  }

  /** @param {Field} field */
  #edit(field) {
    return (/** @type {Event} */ event) => {
      if (this.missing === field) this.missing = null;
      editForm({ [field]: /** @type {HTMLInputElement} */ (event.target).value });
    };
  }
}

/** @param {Field} field */
function errorOf(field) {
  const { error } = state.form;
  return error && fieldOf(error) === field ? error : null;
}

customElements.define("gc-credentials", GcCredentials);
