/** Turns a `UiError` into sentences: what happened, what is not lost, what to do next. */
import { optional, t } from "./l10n.js";

/** @typedef {import("./bindings/UiError.ts").UiError} UiError */

/**
 * @param {UiError} error
 * @returns {{ what: string, safe: string | null, next: string | null }}
 */
export function describe(error) {
  const id = `error-${error.kind}`;
  const detail = error.detail ?? optional(`${id}.detail`) ?? "";
  return {
    what: t(id, { detail }),
    safe: optional(`${id}.safe`, { detail }),
    next: optional(`${id}.next`, { detail }),
  };
}

/** The field of the sign-in form an error belongs to. */
const FIELDS = /** @type {Record<string, "server" | "user" | "password">} */ ({
  serverNameInvalid: "server",
  serverUnknown: "server",
  serverNotMatrix: "server",
  serverInsecure: "server",
  serverCertificate: "server",
  serverUnreachable: "server",
  serverNoPassword: "server",
  serverTooOld: "server",
  userNameInvalid: "user",
  userOnOtherServer: "user",
  accountLocked: "user",
  accountDeactivated: "user",
  wrongPassword: "password",
});

/**
 * @param {UiError} error
 * @returns {"server" | "user" | "password" | null}
 */
export const fieldOf = (error) => FIELDS[error.kind] ?? null;
