import { copyText, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, t } from "../l10n.js";
import { showAddress } from "../navigate.js";
import { state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import "./gc-closed.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

const SAVE_AFTER_MS = 400;
const TALLEST_PX = 200;

/** Where a message is written; what stands in it is saved as a draft all along. */
class GcComposer extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["timeline", "sync"]);
  static properties = { room: { attribute: false }, error: { state: true }, empty: { state: true }, refused: { state: true }, keptBack: { state: true } };

  constructor() {
    super();
    /** @type {import("../store.js").RoomRow | null} */
    this.room = null;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
    this.empty = true;
    /** Whether a file was pasted or dropped, which cannot be sent. */
    this.refused = false;
    /** @type {Extract<import("../bindings/Sending.ts").Sending, { sending: "keptBack" }> | null} */
    this.keptBack = null;
  }

  #roomId = "";
  /** What stands in the field, or stood there when the room was closed. */
  #text = "";
  #draftTaken = false;
  /** What stood in the field when a room was left, by room ID. @type {Map<string, string>} */
  #left = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saving;

  #onDrag = (/** @type {DragEvent} */ event) => this.#refuseFiles(event, event.dataTransfer);

  connectedCallback() {
    super.connectedCallback();
    // Whoever misses the field has dropped it on the window.
    addEventListener("dragover", this.#onDrag);
    addEventListener("drop", this.#onDrag);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("dragover", this.#onDrag);
    removeEventListener("drop", this.#onDrag);
    this.#saveNow();
  }

  willUpdate() {
    if (this.room?.closed) this.#saveNow();
    if (!this.room || this.room.roomId === this.#roomId) return;
    this.#saveNow();
    this.#left.set(this.#roomId, this.#text);
    this.#roomId = this.room.roomId;
    this.#draftTaken = false;
    this.#forgetWhatWasSaid();
    this.#setText("");
  }

  /** Whoever was writing when the room was closed goes on with it when it is open again. */
  refocus() {
    return this.querySelector("textarea") ?? super.refocus();
  }

  render() {
    const { room } = this;
    if (!room) return nothing;
    if (room.closed) return this.#closed(room);
    const open = room.public === true || room.worldReadable;
    const name = isolate(room.name);
    return html`<form class="composer" @submit=${this.#submit}>
      ${errorBox(this.error)}
      ${this.#kept()}
      ${this.refused ? html`<p class="composer-note" role="status">${t("composer-no-files")}</p>` : nothing}
      ${state.sync === "offline" ? html`<p class="composer-note" role="status">${t("composer-offline")}</p>` : nothing}
      ${this.#hello()}
      <div class="composer-row">
        <textarea
          id="composer"
          rows="1"
          dir="auto"
          aria-label=${t("composer-label", { room: name })}
          aria-describedby="composer-notes"
          placeholder=${t("composer-placeholder")}
          @input=${this.#typed}
          @keydown=${this.#key}
          @paste=${(/** @type {ClipboardEvent} */ event) => this.#refuseFiles(event, event.clipboardData)}
        ></textarea>
        <button type="submit" class="button button-primary" ?disabled=${this.empty}>${t("composer-send")}</button>
      </div>
      <p class="composer-notes" id="composer-notes">
        ${open ? html`<span class="composer-public">${t("composer-public")}</span>` : nothing}
        <span class="composer-hint">${t("composer-hint")}</span>
      </p>
    </form>`;
  }

  /**
   * What was written before the room was closed is not lost.
   *
   * @param {import("../store.js").RoomRow} room
   */
  #closed(room) {
    return html`<div class="composer">
      ${errorBox(this.error)}
      <gc-closed .room=${room}></gc-closed>
      ${this.empty
        ? nothing
        : html`<label class="composer-note" for="composer-kept">${t("closed-draft")}</label>
            <div class="composer-row">
              <textarea id="composer-kept" readonly rows="2" dir="auto" .value=${this.#text}></textarea>
              <button type="button" class="button" @click=${() => copyText(this.#text)}>${t("copy")}</button>
            </div>`}
    </div>`;
  }

  /** Why a command was not carried out. */
  #kept() {
    if (!this.keptBack) return nothing;
    const { command, known } = this.keptBack;
    const id = known ? "composer-kept-unfinished" : "composer-kept-unknown";
    return html`<div class="composer-kept" role="status">
      <p class="composer-note">${t(id, { command: isolate(command), known: command.slice(1).toLowerCase() })}</p>
      <button type="button" class="button chip" @click=${() => this.#send(true)}>${t("composer-as-text")}</button>
    </div>`;
  }

  /** Offered in the Lobby to whoever has not said anything there yet. */
  #hello() {
    const { timeline } = state;
    if (this.room?.key !== "lobby" || !this.empty || !timeline?.ready) return nothing;
    if (timeline.items.some((item) => item.kind === "message" && item.message.own)) return nothing;
    return html`<p class="hello">
      <button type="button" class="button chip" aria-describedby="hello-hint" @click=${this.#sayHello}>
        ${t("composer-hello")}
      </button>
      <span class="hint" id="hello-hint">${t("composer-hello-hint")}</span>
    </p>`;
  }

  firstUpdated() {
    this.#box()?.focus();
  }

  updated() {
    const { timeline } = state;
    const box = this.#box();
    // The room was closed, and is open again.
    if (box && box.value !== this.#text) this.#setText(this.#text);
    if (this.#draftTaken || timeline?.roomId !== this.#roomId || timeline.draft === null) return;
    this.#draftTaken = true;
    // What was typed before the answer came is newer than the draft.
    if (this.empty) this.#setText(timeline.draft);
    // Whoever is doing something with the room meanwhile goes on with that.
    if (!document.activeElement?.closest(".room-head")) this.#box()?.focus();
  }

  #box() {
    return /** @type {HTMLTextAreaElement | null} */ (this.querySelector("#composer"));
  }

  /** @param {string} text */
  #setText(text) {
    const box = this.#box();
    if (box) box.value = text;
    this.#text = text;
    // Where the room is closed it is drawn, and not put into a field.
    this.requestUpdate();
    this.empty = text.trim() === "";
    this.#grow();
  }

  #grow() {
    const box = this.#box();
    if (!box) return;
    // The conversation above would be taller while this is measured, and lose its place.
    const form = /** @type {HTMLFormElement} */ (box.form);
    form.style.minHeight = `${form.offsetHeight}px`;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, TALLEST_PX)}px`;
    form.style.minHeight = "";
  }

  /**
   * A picture or another file is not taken, and that is said. Text that comes with it is pasted: programs for tables
   * and texts add a picture of it.
   *
   * @param {ClipboardEvent | DragEvent} event
   * @param {DataTransfer | null} data
   */
  #refuseFiles(event, data) {
    const types = data?.types ?? [];
    if (!types.includes("Files") || types.includes("text/plain")) return;
    event.preventDefault();
    if (event.type !== "dragover") this.refused = true;
  }

  #forgetWhatWasSaid() {
    this.error = null;
    this.refused = false;
    this.keptBack = null;
  }

  #typed() {
    this.#forgetWhatWasSaid();
    this.#text = this.#box()?.value ?? "";
    this.empty = this.#text.trim() === "";
    this.#grow();
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#saveNow(), SAVE_AFTER_MS);
  }

  #saveNow() {
    if (this.#saving === undefined) return;
    clearTimeout(this.#saving);
    this.#saving = undefined;
    void this.#save(this.#roomId, this.#text);
  }

  /**
   * @param {string} roomId
   * @param {string} text
   */
  async #save(roomId, text) {
    // Whoever takes the draft up anew takes up this one.
    if (state.timeline?.roomId === roomId && state.timeline.draft !== null) state.timeline.draft = text;
    const error = await outcome(ipc.saveDraft(roomId, text));
    if (error && roomId === this.#roomId) this.error = error;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    void this.#send();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    void this.#send();
  }

  /** @param {boolean} [asText] whether it is no command */
  async #send(asText = false) {
    const roomId = this.#roomId;
    const text = this.#box()?.value ?? "";
    if (text.trim() === "") return;
    clearTimeout(this.#saving);
    this.#saving = undefined;
    this.#forgetWhatWasSaid();
    this.#setText("");
    this.#box()?.focus();
    this.dispatchEvent(new CustomEvent("send", { bubbles: true }));
    const { error, keptBack } = await carryOut(roomId, text, asText);
    const here = roomId === this.#roomId;
    const since = here ? this.#text : (this.#left.get(roomId) ?? "");
    // The saved draft is given up only when the message is in the queue.
    if (!error && !keptBack) return this.#save(roomId, since);
    const both = since === "" ? text : `${text}\n${since}`;
    if (!here) return this.#save(roomId, both);
    this.#setText(both);
    // It was typed but a moment ago, and may not be saved.
    void this.#save(roomId, both);
    this.error = error;
    // With more behind it, it is another text.
    this.keptBack = since === "" ? keptBack : null;
  }

  #sayHello() {
    const gap = t("composer-hello-gap");
    this.#setText(t("composer-hello-text"));
    this.#typed();
    const box = this.#box();
    if (!box) return;
    const at = box.value.lastIndexOf(gap);
    box.focus();
    // The gap is marked, so that typing fills it.
    box.setSelectionRange(at, at + gap.length);
  }
}

/**
 * Sends a text, or shows the room that it asks for.
 *
 * @param {string} roomId
 * @param {string} text
 * @param {boolean} asText
 */
async function carryOut(roomId, text, asText) {
  try {
    const sending = await ipc.sendMessage(roomId, text, asText);
    if (sending.sending === "keptBack") return { error: null, keptBack: sending };
    const error = sending.sending === "room" ? await showAddress(sending.address, "command") : null;
    return { error, keptBack: null };
  } catch (error) {
    return { error: /** @type {import("../store.js").UiError} */ (error), keptBack: null };
  }
}

customElements.define("gc-composer", GcComposer);
