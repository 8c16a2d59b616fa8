/** Turns a `UiError` into sentences, and says which button helps. */
import { optional, t } from "./l10n.js";

/**
 * @typedef {import("./bindings/UiError.ts").UiError} UiError
 * @typedef {import("./bindings/ErrorKind.ts").ErrorKind} ErrorKind
 *
 * @typedef {"server" | "user" | "password"} Field
 *
 * @typedef {"again" | "correct" | "protect" | "defaultServer" | "otherServer" | "otherUser" | "signIn" | "rooms"
 *   | "terms" | "accountGuide" | "appsGuide" | "copy" | "dismiss"} Remedy
 */

/**
 * What happened, what is not lost, what to do next.
 *
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
const FIELDS = /** @type {Partial<Record<ErrorKind, Field>>} */ ({
  serverNameInvalid: "server",
  serverUnknown: "server",
  serverNotMatrix: "server",
  serverMisconfigured: "server",
  serverInsecure: "server",
  serverCertificate: "server",
  serverUnreachable: "server",
  serverNoPassword: "server",
  serverTooOld: "server",
  userNameInvalid: "user",
  userOnOtherServer: "user",
  userNameTaken: "user",
  accountLocked: "user",
  accountDeactivated: "user",
  accountSuspended: "user",
  wrongPassword: "password",
  passwordWeak: "password",
});

/**
 * @param {UiError} error
 * @returns {Field | null}
 */
export const fieldOf = (error) => FIELDS[error.kind] ?? null;

/**
 * What the one button beside each error does. "again" repeats what failed, and "correct" leads to
 * the field that is wrong; both are for the place where the error is shown to carry out.
 *
 * @type {Record<ErrorKind, Remedy>}
 */
const REMEDIES = {
  serverNameInvalid: "correct",
  serverUnknown: "again",
  serverNotMatrix: "correct",
  serverMisconfigured: "defaultServer",
  serverInsecure: "protect",
  serverCertificate: "again",
  serverUnreachable: "again",
  serverNoPassword: "again",
  serverTooOld: "defaultServer",
  userNameInvalid: "correct",
  userOnOtherServer: "otherServer",
  wrongPassword: "correct",
  accountLocked: "otherUser",
  accountDeactivated: "otherUser",
  accountSuspended: "otherUser",
  termsNotAccepted: "terms",
  forbidden: "dismiss",
  signInPageUntrusted: "defaultServer",
  signInRefused: "again",
  browserTimeout: "again",
  addressNotExpected: "correct",
  registrationClosed: "defaultServer",
  userNameTaken: "correct",
  passwordWeak: "correct",
  noAccountPage: "appsGuide",
  clockWrong: "again",
  rateLimited: "again",
  cancelled: "dismiss",
  notSignedIn: "signIn",
  profileUnwritable: "again",
  diskFull: "again",
  keyringUnavailable: "again",
  storeBroken: "signIn",
  deviceRemovedLater: "dismiss",
  deviceNotRemoved: "accountGuide",
  keyNotForgotten: "dismiss",
  sharedSessionEnded: "signIn",
  roomNotJoined: "rooms",
  messageUnsendable: "correct",
  linkRefused: "copy",
  browserFailed: "copy",
  noAnswer: "again",
  internal: "again",
};

/** @param {UiError} error */
export const remedyOf = (error) => REMEDIES[error.kind];
