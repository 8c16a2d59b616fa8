import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { goToRoom, show } from "../navigate.js";
import { state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-copy.js";

/** One invitation: who invites where, and the two answers. */
class GcInvitation extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["view", "invitations"]);
  static properties = { busy: { state: true }, error: { state: true } };

  constructor() {
    super();
    this.busy = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  /** The invitation that busy and error are about. */
  #about = "";

  willUpdate() {
    const { view } = state;
    const roomId = view.page === "invitation" ? view.roomId : "";
    if (roomId === this.#about) return;
    this.#about = roomId;
    this.busy = false;
    this.error = null;
  }

  render() {
    const { view } = state;
    if (view.page !== "invitation") return nothing;
    const invitation = state.invitations.find(({ roomId }) => roomId === view.roomId);
    if (!invitation) return over();
    const { inviter, words, topic, name } = invitation;
    return html`<section class="card arrive">
      <h1>${t(invitation.kind === "space" ? "invitation-title-space" : "invitation-title", { room: isolate(name) })}</h1>
      ${inviter
        ? html`<p>${t("invitation-from", { name: isolate(inviter.name) })}</p>
            <gc-copy class="copy-line" text=${inviter.userId}></gc-copy>`
        : html`<p>${t("invitation-from-nobody")}</p>`}
      ${words ? html`<p class="quoted">${t("closed-reason", { reason: isolate(words) })}</p>` : nothing}
      ${topic ? html`<p class="hint" dir="auto">${t("invitation-topic", { topic: isolate(topic) })}</p>` : nothing}
      <p class="hint">${t("invitation-hint")}</p>
      <div class="actions">
        <button type="button" class="button button-primary" @click=${() => this.#accept(invitation)}>${t("invitation-accept")}</button>
        <button type="button" class="button" aria-disabled=${this.busy} @click=${() => this.#decline(invitation)}>
          ${this.busy ? t("invitation-declining") : t("invitation-decline")}
        </button>
      </div>
      ${errorBox(this.error)}
    </section>`;
  }

  /** @param {import("../bindings/Invitation.ts").Invitation} invitation */
  #accept({ roomId, inviter }) {
    // Whoever invites is in the room, and so is their server.
    const server = inviter?.userId.replace(/^[^:]*:/u, "");
    if (server) state.via.set(roomId, [server]);
    goToRoom(roomId);
  }

  /** @param {import("../bindings/Invitation.ts").Invitation} invitation */
  async #decline({ roomId }) {
    if (this.busy) return;
    this.busy = true;
    const error = await outcome(ipc.declineInvitation(roomId));
    if (roomId !== this.#about) return;
    this.busy = false;
    this.error = error;
  }
}

/** It was answered, or taken back. */
const over = () =>
  html`<section class="card arrive">
    <h1>${t("invitation-over")}</h1>
    <div class="actions">
      <button type="button" class="button" @click=${() => show({ page: "rooms" })}>${t("room-gone-next")}</button>
    </div>
  </section>`;

customElements.define("gc-invitation", GcInvitation);
