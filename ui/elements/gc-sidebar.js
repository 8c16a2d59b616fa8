import { hasNews, headline, isFinished } from "../joins.js";
import { t } from "../l10n.js";
import { show, showGuide, showSignIn } from "../navigate.js";
import { state } from "../store.js";
import { classMap, html, nothing, repeat } from "../vendor/lit.js";
import { brokenRoom, drawnOr } from "./boundary.js";
import { StoreElement } from "./store-element.js";

/** @typedef {import("../store.js").RoomRow} RoomRow */

/** The pages under "All rooms". */
const ROOM_PAGES = new Set(["rooms", "pick", "leave"]);

/** The way around: guide, all rooms, the user's rooms, the account. */
class GcSidebar extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["view", "session", "sync", "invitations", "rooms", "plan", "guide"]);

  render() {
    const { page } = state.view;
    const signedIn = state.session.state === "signedIn";
    return html`
      <header class="brand">
        <button type="button" class="brand-button" @click=${() => show({ page: "welcome" })}>
          <img src="icon.svg" alt="" width="32" height="32" />
          <span>${t("product")}</span>
        </button>
      </header>
      <nav aria-label=${t("nav-label")}>
        <ul class="nav-list">
          <li>${navButton(t("nav-guide"), page === "guide" || page === "welcome", openGuide)}</li>
          <li>${navButton(t("nav-rooms"), ROOM_PAGES.has(page), () => show({ page: "rooms" }))}</li>
          ${signedIn && hasNews(state.plan) ? html`<li>${joinsButton()}</li>` : nothing}
        </ul>
        ${signedIn ? html`${invitations()} ${this.#rooms()}` : nothing}
      </nav>
      <footer class="account">${this.#account()} ${settingsButton(page === "settings")}</footer>
    `;
  }

  #rooms() {
    // A Space holds no conversation; it is listed with all rooms only.
    const all = state.rooms.filter((room) => room.kind !== "space");
    const rooms = [...all.filter((room) => !isPast(room)), ...all.filter(isPast)];
    return html`<h2 class="nav-heading" id="your-rooms">${t("nav-your-rooms")}</h2>
      ${rooms.length === 0
        ? html`<p class="nav-hint">${state.roomsReady ? t("nav-no-rooms") : t("nav-rooms-loading")}</p>`
        : html`<ul class="nav-list nav-rooms" aria-labelledby="your-rooms">
            ${repeat(rooms, (room) => room.roomId, (room) => html`<li>${drawnOr(() => roomButton(room), brokenRoom)}</li>`)}
          </ul>`}`;
  }

  #account() {
    const { session, view } = state;
    switch (session.state) {
      case "signedIn":
        return html`<div class="account-who">
          <bdi class="account-id" title=${session.userId}>${session.userId}</bdi>
          <span class="sync sync-${state.sync}" role="status">${t(`sync-${state.sync}`)}</span>
        </div>`;
      case "signingIn":
        return accountButton(t("nav-signing-in"), view.page === "signIn");
      case "waitingForBrowser":
        return accountButton(t(session.creating ? "nav-registering" : "nav-signing-in"), view.page === "signIn");
      case "registering":
        return accountButton(t("nav-registering"), view.page === "signIn");
      case "expired":
        return accountButton(t("nav-expired"), view.page === "signIn");
      case "signedOut":
        return accountButton(t("nav-sign-in"), view.page === "signIn");
      case "signingOut":
        return html`<p class="account-state" role="status">${t("nav-signing-out")}</p>`;
      case "restoring":
        return html`<p class="account-state" role="status">${t("nav-restoring")}</p>`;
      case "locked":
        return html`<p class="account-state">${t("nav-locked")}</p>`;
    }
  }
}

function openGuide() {
  const first = state.pages[0];
  if (state.session.state === "signedIn" && first) showGuide(first.id);
  else show({ page: "welcome" });
}

/**
 * @param {string} label
 * @param {boolean} current
 * @param {() => void} go
 */
const navButton = (label, current, go) =>
  html`<button type="button" class="nav-item" aria-current=${current ? "page" : "false"} @click=${go}>
    ${label}
  </button>`;

/** How far joining rooms is, in a line that leads to where more is said. */
function joinsButton() {
  const { plan } = state;
  return html`<button type="button" class="nav-item nav-joins" @click=${() => show({ page: "rooms" })}>
    <span>${headline(plan)}</span>
    ${isFinished(plan)
      ? nothing
      : html`<progress aria-hidden="true" max=${plan.total} value=${plan.done + plan.failed}></progress>`}
  </button>`;
}

/** Invitations that wait for an answer. */
function invitations() {
  if (state.invitations.length === 0) return nothing;
  const { view } = state;
  return html`<h2 class="nav-heading" id="invitations">${t("nav-invitations")}</h2>
    <ul class="nav-list" aria-labelledby="invitations">
      ${repeat(
        state.invitations,
        ({ roomId }) => roomId,
        ({ roomId, name }) =>
          html`<li>
            <button
              type="button"
              class="nav-item nav-room has-unread"
              aria-current=${view.page === "invitation" && view.roomId === roomId ? "page" : "false"}
              @click=${() => show({ page: "invitation", roomId })}
            >
              <bdi class="nav-room-name">${name}</bdi>
            </button>
          </li>`,
      )}
    </ul>`;
}

/**
 * A room that people have left for another one, or that the user was removed from.
 *
 * @param {RoomRow} room
 */
const isPast = ({ closed }) => closed?.why === "replaced" || closed?.why === "removed";

/** @param {RoomRow} room */
function roomButton(room) {
  const { view } = state;
  const current = view.page === "room" && view.roomId === room.roomId;
  const badge = room.unread > 0;
  return html`<button
    type="button"
    class=${classMap({ "nav-item": true, "nav-room": true, "nav-past": isPast(room), "has-unread": badge })}
    aria-current=${current ? "page" : "false"}
    @click=${() => show({ page: "room", roomId: room.roomId })}
  >
    <bdi class="nav-room-name">${room.name}</bdi>
    ${isPast(room) ? html`<span class="nav-past-tag">${t(`nav-${room.closed?.why}`)}</span>` : nothing}
    ${badge ? unreadBadge(room) : nothing}
  </button>`;
}

/** @param {RoomRow} room */
function unreadBadge(room) {
  const unread = t("nav-unread", { count: room.unread });
  const label = room.mentions > 0 ? `${unread}, ${t("nav-mentions", { count: room.mentions })}` : unread;
  return html`<span class=${classMap({ badge: true, "badge-mention": room.mentions > 0 })}>
    <span aria-hidden="true">${room.unread > 99 ? "99+" : room.unread}</span>
    <span class="visually-hidden">${label}</span>
  </span>`;
}

/**
 * @param {string} label
 * @param {boolean} current
 */
const accountButton = (label, current) =>
  html`<button
    type="button"
    class="button"
    aria-current=${current ? "page" : "false"}
    @click=${() => showSignIn()}
  >
    ${label}
  </button>`;

/** @param {boolean} current */
const settingsButton = (current) =>
  html`<button
    type="button"
    class="nav-item nav-settings"
    aria-current=${current ? "page" : "false"}
    @click=${() => show({ page: "settings" })}
  >
    ${t("nav-settings")}
  </button>`;

customElements.define("gc-sidebar", GcSidebar);
