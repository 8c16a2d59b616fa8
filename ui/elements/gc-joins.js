import { outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { coming, failures, hasNews, headline, isFinished, moved, timeLeft } from "../joins.js";
import { isolate, t, timeOfDay } from "../l10n.js";
import { state } from "../store.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import { brokenRoom, drawnOr } from "./boundary.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-countdown.js";
import "./gc-join-problem.js";

/**
 * @typedef {import("../store.js").JoinPlan} JoinPlan
 * @typedef {import("../store.js").PlannedRoom} PlannedRoom
 * @typedef {import("../bindings/JoinOrder.ts").JoinOrder} JoinOrder
 */

/** The plan of the joins: how far it is, what it waits for, and what can be done about it. */
class GcJoins extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["plan"]);
  static properties = { stopping: { state: true }, stopped: { state: true }, error: { state: true } };

  constructor() {
    super();
    /** Whether it is asked if all shall be stopped. */
    this.stopping = false;
    /** In how many rooms the user was when all was stopped; null where it was not. @type {number | null} */
    this.stopped = null;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  /** The button used last, as a selector: a room that moves in the list takes it along. */
  #used = "";
  /** In how many rooms the user was when it was asked to stop. @type {number | null} */
  #doneBefore = null;

  refocus() {
    const used = this.#used && this.querySelector(this.#used);
    const head = this.querySelector(".joins-head, .joins-stopped");
    return /** @type {HTMLElement | null} */ (used || head) ?? super.refocus();
  }

  willUpdate() {
    const { plan } = state;
    if (isFinished(plan)) this.stopping = false;
    if (plan.rooms.length > 0) {
      this.stopped = null;
    } else if (this.#doneBefore !== null) {
      this.stopped = this.#doneBefore;
      this.#doneBefore = null;
    }
  }

  render() {
    const { plan } = state;
    if (this.stopped !== null) return this.#stoppedNote(this.stopped);
    if (!hasNews(plan)) return nothing;
    return html`<section class="card joins" aria-labelledby="joins-head">
      <div class="joins-top">
        <h2 id="joins-head" class="joins-head" tabindex="-1">${headline(plan)}</h2>
        ${isFinished(plan) ? this.#orderButton({ order: "cancelAll" }, t("joins-done"), "") : nothing}
      </div>
      ${isFinished(plan) ? nothing : this.#running(plan)} ${errorBox(this.error)}
      ${problems(moved(plan), "joins-moved")} ${problems(failures(plan), "joins-failed")}
      ${this.#coming(plan)}
    </section>`;
  }

  /** @param {JoinPlan} plan */
  #running(plan) {
    const { total, done, failed, left } = plan;
    return html`<progress aria-labelledby="joins-head" max=${total} value=${done + failed}></progress>
      <p class="joins-doing">${doing(plan)}</p>
      ${left ? html`<p>${timeLeft(left)} <span class="hint">${t(`joins-bound-${left.bound}`)}</span></p>` : nothing}
      <p class="hint">${t("joins-meanwhile")}</p>
      ${this.stopping ? this.#confirm(plan) : this.#actions(plan)}`;
  }

  /** @param {JoinPlan} plan */
  #actions({ paused, doing }) {
    const long = doing.doing === "waitingForServer" && doing.long;
    return html`<div class="actions">
      ${long && !paused ? this.#orderButton({ order: "tryNow" }, t("joins-try-now"), "button-primary") : nothing}
      ${paused
        ? this.#orderButton({ order: "resume" }, t("joins-resume"), "button-primary")
        : this.#orderButton({ order: "pause" }, t("joins-pause"), "")}
      <button
        type="button"
        class="button button-quiet"
        data-order="stop"
        @click=${() => {
          this.#used = "[data-order=goOn]";
          this.stopping = true;
        }}
      >
        ${t("joins-stop")}
      </button>
    </div>`;
  }

  /** @param {JoinPlan} plan */
  #confirm(plan) {
    const stop = async () => {
      this.#doneBefore = plan.done;
      await this.#order({ order: "cancelAll" });
      if (this.error) this.#doneBefore = null;
    };
    return html`<div class="confirm" role="alert">
      <p>${t("joins-stop-ask", { done: plan.done, count: coming(plan).length })}</p>
      <div class="actions">
        <button type="button" class="button button-danger" @click=${stop}>${t("joins-stop-yes")}</button>
        <button
          type="button"
          class="button"
          data-order="goOn"
          @click=${() => {
            this.#used = "[data-order=stop]";
            this.stopping = false;
          }}
        >
          ${t("joins-stop-no")}
        </button>
      </div>
    </div>`;
  }

  /** @param {number} count */
  #stoppedNote(count) {
    const done = () => (this.stopped = null);
    return html`<div class="notice notice-bar joins-stopped" tabindex="-1" role="status">
      <p>${t("joins-stopped", { count })}</p>
      <div class="actions"><button type="button" class="button" @click=${done}>${t("joins-done")}</button></div>
    </div>`;
  }

  /** @param {JoinPlan} plan */
  #coming(plan) {
    const rooms = coming(plan);
    if (rooms.length === 0) return nothing;
    return html`<details class="joins-coming">
      <summary>${t("joins-coming", { count: rooms.length })}</summary>
      <ol>
        ${repeat(rooms, ({ id }) => id, (room) => html`<li>${drawnOr(() => this.#room(room, rooms), brokenRoom)}</li>`)}
      </ol>
    </details>`;
  }

  /**
   * @param {PlannedRoom} room
   * @param {PlannedRoom[]} rooms
   */
  #room(room, rooms) {
    const { id, name } = room;
    const waits = room.state.state === "queued";
    const first = rooms.find((other) => other.state.state === "queued") === room;
    const words = waits ? nothing : html`<span class="hint">${t(`joins-room-${room.state.state}`)}</span>`;
    return html`<span class="joins-room"><bdi>${name}</bdi> ${words}</span>
      <span class="joins-orders">
        ${waits ? this.#roomButton({ order: "first", id }, name, first) : nothing}
        ${waits ? this.#roomButton({ order: "up", id }, name, first) : nothing}
        ${this.#roomButton({ order: "cancel", id }, name, false)}
      </span>`;
  }

  /**
   * @param {Extract<JoinOrder, { id: number }>} order
   * @param {string} name
   * @param {boolean} idle whether it changes nothing
   */
  #roomButton(order, name, idle) {
    return html`<button
      type="button"
      class="button button-small"
      data-order="${order.order}-${order.id}"
      aria-label=${t(`joins-${order.order}-which`, { room: name })}
      aria-disabled=${idle}
      @click=${() => !idle && this.#order(order)}
    >
      ${t(`joins-${order.order}`)}
    </button>`;
  }

  /**
   * @param {JoinOrder} order
   * @param {string} words
   * @param {string} style
   */
  #orderButton(order, words, style) {
    const go = () => this.#order(order);
    return html`<button type="button" class="button ${style}" data-order=${order.order} @click=${go}>${words}</button>`;
  }

  /** @param {JoinOrder} order */
  async #order(order) {
    this.#used = this.#next(order);
    this.error = await outcome(ipc.steerJoins(order));
  }

  /**
   * Where the keyboard goes on: at the same button, or at the one that takes its place.
   *
   * @param {JoinOrder} order
   */
  #next(order) {
    if (order.order === "pause") return "[data-order=resume]";
    if (order.order === "resume") return "[data-order=pause]";
    if (!("id" in order)) return "";
    const same = `[data-order="${order.order}-${order.id}"]`;
    if (order.order !== "cancel") return same;
    const buttons = [...this.querySelectorAll("[data-order^=cancel-]")];
    const at = buttons.findIndex((button) => button.matches(same));
    const next = /** @type {HTMLElement | undefined} */ (buttons[at + 1] ?? buttons[at - 1]);
    return next ? `[data-order="${next.dataset.order}"]` : "";
  }
}

/**
 * What the plan does, or waits for.
 *
 * @param {JoinPlan} plan
 */
function doing({ doing }) {
  switch (doing.doing) {
    case "joining":
      return t(doing.slow ? "joins-doing-slow" : "joins-doing-joining", { room: isolate(doing.name) });
    case "appearing":
    case "findingOut":
      return t(`joins-doing-${doing.doing}`, { room: isolate(doing.name) });
    case "waitingForServer": {
      const words = doing.guessed ? "joins-doing-guessed" : "joins-doing-waiting";
      const clock = doing.long ? t("joins-doing-clock", { time: timeOfDay(doing.untilMs) }) : "";
      return html`<gc-countdown .until=${doing.untilMs} words=${words}></gc-countdown> ${clock}`;
    }
    default:
      return t(`joins-doing-${doing.doing}`);
  }
}

/**
 * @param {PlannedRoom[]} rooms
 * @param {string} words
 */
function problems(rooms, words) {
  if (rooms.length === 0) return nothing;
  return html`<details class="joins-failed">
    <summary>${t(words, { count: rooms.length })}</summary>
    <ul>
      ${repeat(rooms, ({ id }) => id, (room) => html`<li tabindex="-1"><h3><bdi>${room.name}</bdi></h3>${drawnOr(() => problem(room), brokenRoom)}</li>`)}
    </ul>
  </details>`;
}

/** @param {PlannedRoom} room */
function problem({ alias, roomId, name, state }) {
  if (state.state !== "failed") return nothing;
  const address = alias ?? roomId ?? "";
  return html`<gc-join-problem .problem=${state.problem} address=${address} name=${name} calm></gc-join-problem>`;
}

customElements.define("gc-joins", GcJoins);
