/**
 * What a pasted text, or a link that the system handed over, was understood as.
 *
 * @typedef {import("../store.js").Address} Address
 * @typedef {import("../store.js").PastedAddress} PastedAddress
 * @typedef {PastedAddress["meaning"]} Meaning
 * @typedef {Extract<Meaning, { kind: "room" }>} Room
 *
 * @typedef {object} Parts What the page around it draws and does.
 * @property {(address: string) => unknown} card the room's card
 * @property {(address: string) => boolean} joined whether the user is in that room
 * @property {(alias: string) => void} search looks for another address
 * @property {() => void} all shows all rooms
 */
import { isolate, t } from "../l10n.js";
import { goToRoom } from "../navigate.js";
import { entryByAlias, entryByKey } from "../store.js";
import { html, nothing } from "../vendor/lit.js";

/** Whether a text was meant as an address, and not as words to look for. */
export const isAddress = (/** @type {PastedAddress} */ { meaning }) =>
  meaning.kind !== "nothing" || (meaning.fault !== "noAddress" && meaning.fault !== "empty");

/**
 * The outcome in a line, for the place below the box and for those who only listen.
 *
 * @param {PastedAddress} read
 */
export function summary({ meaning }) {
  if (meaning.kind === "person") return t("address-summary-person");
  if (meaning.kind === "nothing") return t("address-summary-nothing");
  const entry = entryByAlias(meaning.address);
  return entry ? t("address-summary-room", { room: isolate(entry.name) }) : t("address-summary-unlisted");
}

/**
 * @param {Address} address
 * @param {Parts} parts
 */
export function drawAddress({ from, read }, parts) {
  const { meaning } = read;
  return html`<section class="address-read" aria-labelledby="address-title">
    <h2 id="address-title">${t(`address-title-${from}`)}</h2>
    <div class="notice">
      <p class="address-pasted">
        ${t(`address-from-${from}`)} <q dir="auto">${read.pasted}</q>
      </p>
      ${meaning.kind === "room" ? understood(read, meaning, parts.joined(meaning.address)) : nothing}
      ${meaning.kind === "person" ? html`<p>${t("address-person", { user: isolate(meaning.user) })}</p>` : nothing}
      ${meaning.kind === "nothing" ? html`<p>${t(`address-fault-${meaning.fault}`)}</p>` : nothing}
    </div>
    ${meaning.kind === "room" ? parts.card(meaning.address) : nothing} ${ways(meaning, parts)}
  </section>`;
}

/**
 * @param {PastedAddress} read
 * @param {Room} meaning
 * @param {boolean} joined
 */
function understood({ form, repairs }, { listed, event }, joined) {
  return html`<p>${t(`address-form-${form}`)} ${joined ? "" : t("address-not-joined")}</p>
    ${repairs.length > 0
      ? html`<p>${t("address-repaired")}</p>
          <ul class="address-repairs">
            ${repairs.map((repair) => html`<li>${t(`address-repair-${repair}`)}</li>`)}
          </ul>`
      : nothing}
    ${listed.state === "moved"
      ? html`<p class="address-moved">${t(`address-moved-${listed.reason}`, { from: isolate(listed.from) })}</p>`
      : nothing}
    ${event === null ? nothing : html`<p>${t("address-event")}</p>`}`;
}

/**
 * The ways on: the room that comes nearest, the Lobby where there is none, and all rooms.
 *
 * @param {Meaning} meaning
 * @param {Parts} parts
 */
function ways(meaning, { search, all }) {
  const nearest = entryByAlias(nearestOf(meaning) ?? "");
  const lobby = meaning.kind === "nothing" && !nearest ? entryByKey("lobby") : undefined;
  return html`${nearest ? html`<p>${t("address-nearest", { room: isolate(nearest.name) })}</p>` : nothing}
    <div class="actions">
      ${nearest
        ? html`<button type="button" class="button" @click=${() => search(nearest.alias)}>
            ${t("address-show-nearest", { room: isolate(nearest.name) })}
          </button>`
        : nothing}
      ${lobby
        ? html`<button type="button" class="button button-primary" @click=${() => goToRoom(lobby.alias)}>
            ${t("rooms-none-lobby", { room: isolate(lobby.name) })}
          </button>`
        : nothing}
      <button type="button" class="button" @click=${all}>${t("rooms-show-all")}</button>
    </div>`;
}

/** @param {Meaning} meaning */
function nearestOf(meaning) {
  if (meaning.kind === "nothing") return meaning.nearest;
  return meaning.kind === "room" && meaning.listed.state === "unlisted" ? meaning.listed.nearest : null;
}
