import { askServer, serverAnswer } from "../actions.js";
import { fieldOf } from "../errors.js";
import { isolate, t } from "../l10n.js";
import { editForm, state } from "../store.js";
import { html, live, nothing } from "../vendor/lit.js";
import { remedyButton } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/** So long nothing is typed, and it is taken for a whole name. */
const PAUSE_MS = 1000;

/**
 * The first question of a sign-in: on which server. It is asked for what it offers as soon as its
 * name seems to be complete.
 */
class GcServer extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["form", "start"]);
  static properties = { busy: { attribute: false } };

  constructor() {
    super();
    /** A sign-in is under way. */
    this.busy = false;
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#pause);
  }

  render() {
    const error = this.busy ? null : serverError();
    return html`<div class="field">
        <div class="label-row">
          <label for="server">${t("sign-in-server")}</label>
          <span class="hint" role="status">${this.#progress()}</span>
        </div>
        <input
          id="server"
          type="text"
          inputmode="url"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="server-help"
          aria-errormessage="server-error"
          aria-invalid=${error ? "true" : "false"}
          ?readonly=${this.busy}
          .value=${live(state.form.server)}
          @input=${this.#edit}
          @change=${() => askServer()}
          @keydown=${this.#enter}
        />
        <p class="hint" id="server-help">${t("sign-in-server-help")}</p>
        ${error ? this.#error(error) : nothing}
      </div>
      ${this.busy ? nothing : this.#others()}`;
  }

  #progress() {
    const answer = serverAnswer();
    if (!answer || answer.offer || answer.error) return nothing;
    return html`<span class="spinner" aria-hidden="true"></span> ${t("sign-in-asking", { server: isolate(answer.server) })}`;
  }

  /** @param {import("../errors.js").UiError} error */
  #error(error) {
    const again = () => {
      editForm({ error: null });
      void askServer(true);
    };
    const correct = () => /** @type {HTMLInputElement} */ (this.querySelector("#server")).select();
    return html`<div class="field-error" id="server-error" role="alert">
      <gc-error .error=${error}></gc-error>
      ${remedyButton(error, { again, correct, useServer })}
    </div>`;
  }

  /** The servers of earlier sign-ins, and the one that the app begins with. */
  #others() {
    const { start, form } = state;
    if (!start) return nothing;
    const servers = new Set([...start.recentServers, start.defaultServer]);
    servers.delete(form.server.trim());
    if (servers.size === 0) return nothing;
    return html`<div class="recent">
      <span class="hint" id="recent-servers">${t("sign-in-recent")}</span>
      <ul aria-labelledby="recent-servers">
        ${[...servers].map(
          (server) =>
            html`<li>
              <button type="button" class="button button-small" @click=${() => useServer(server)}>
                <bdi>${server}</bdi>
              </button>
            </li>`,
        )}
      </ul>
    </div>`;
  }

  /** @param {Event} event */
  #edit(event) {
    // What went wrong went wrong with the server before.
    editForm({ server: /** @type {HTMLInputElement} */ (event.target).value, creating: false, error: null });
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => askServer(), PAUSE_MS);
  }

  /**
   * The Enter key asks the server; what it offers takes the focus when it is there.
   *
   * @param {KeyboardEvent} event
   */
  #enter(event) {
    if (event.key !== "Enter" || this.busy) return;
    event.preventDefault();
    clearTimeout(this.#pause);
    const failed = serverError() !== null;
    if (failed) editForm({ error: null });
    void askServer(failed);
    this.dispatchEvent(new Event("server-entered", { bubbles: true }));
  }
}

/** What is wrong with the server: found out by asking it, or by trying to sign in. */
function serverError() {
  const { error } = state.form;
  if (error && fieldOf(error) === "server") return error;
  return serverAnswer()?.error ?? null;
}

/** @param {string} server */
export function useServer(server) {
  editForm({ server, creating: false, error: null });
  void askServer(true);
}

customElements.define("gc-server", GcServer);
