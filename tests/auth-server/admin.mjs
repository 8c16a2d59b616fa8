// What the homeserver asks, and what tests do behind the user's back. Every request needs the secret.

import { createHash, timingSafeEqual } from 'node:crypto';
import { readBody } from './browser.mjs';
import { API_SCOPE } from './scopes.mjs';

const ADMIN_SCOPE = 'urn:synapse:admin:*';

const sha256 = (text) => createHash('sha256').update(text).digest();
const equal = (one, other) => timingSafeEqual(sha256(one), sha256(other));

/** The handlers, as one middleware. */
export function administration(provider, accounts, { secret, admin, adminToken }) {
  const { store } = accounts;

  const active = ({ user, deviceId, scope }) => ({
    active: true, scope, username: user, sub: user, device_id: deviceId, token_type: 'access_token',
  });

  /** What the homeserver asks about each access token it sees. It remembers the answer for two minutes. */
  async function introspect(ctx) {
    const { token = '' } = await readBody(ctx);
    ctx.body = { active: false };
    if (adminToken && equal(token, adminToken)) ctx.body = active({ user: admin, scope: `${API_SCOPE} ${ADMIN_SCOPE}` });
    const bare = store.bareSessions.get(token);
    if (bare) ctx.body = active({ ...bare, scope: API_SCOPE });
    const found = await provider.AccessToken.find(token);
    const session = found && store.sessions.get(found.grantId);
    if (!session) return;
    store.arrived(found.grantId);
    const { scope, clientId: client_id, iat, exp, remainingTTL: expires_in } = found;
    ctx.body = { ...active({ ...session, scope }), client_id, iat, exp, expires_in };
  }

  async function listSessions(ctx) {
    ctx.body = accounts.sessionsOf(ctx.query.user)
      .map(([id, { user, deviceId = null, client, created }]) => ({ id, user, device_id: deviceId, client, created }));
  }

  async function listIssued(ctx) {
    ctx.body = store.issued.filter(({ user }) => user === ctx.query.user);
  }

  async function startSession(ctx) {
    const { user, device_id: deviceId } = await readBody(ctx);
    ctx.body = { access_token: await accounts.startBareSession(user, deviceId), device_id: deviceId };
  }

  /**
   * Ends the sessions of `user`, or only that of `device_id`. `what` is
   *   session       everything, as if the user had signed the device out elsewhere
   *   tokens        access and refresh tokens; the device stays on the homeserver
   *   access_token  only the access token, so that the client has to refresh
   */
  async function revoke(ctx) {
    const { user, device_id: deviceId, what = 'session' } = await readBody(ctx);
    if (!user) throw new Error('user is missing');
    const chosen = accounts.sessionsOf(user, deviceId);
    const keepDevice = what === 'tokens';
    for (const [id] of chosen) {
      if (what === 'access_token') await provider.AccessToken.revokeByGrantId(id);
      else await accounts.end(id, { keepDevice });
    }
    const bare = what === 'access_token' ? 0 : await accounts.endBareSessions(user, deviceId, { keepDevice });
    ctx.body = { revoked: chosen.length + bare };
  }

  /** Makes an account, or gives an existing one this password and ends its sessions. */
  async function createUser(ctx) {
    const { user, password, name } = await readBody(ctx);
    if (accounts.has(user)) {
      accounts.setPassword(user, password);
      for (const [id] of accounts.sessionsOf(user)) await accounts.end(id);
      await accounts.endBareSessions(user);
    } else {
      await accounts.create(user, password, name);
    }
    ctx.body = { user };
  }

  const API = {
    'POST /oauth2/introspect': introspect,
    'GET /admin/sessions': listSessions,
    'POST /admin/sessions': startSession,
    'GET /admin/issued': listIssued,
    'POST /admin/revoke': revoke,
    'POST /admin/users': createUser,
  };

  return async function admin_api(ctx, next) {
    const handler = API[`${ctx.method} ${ctx.path}`];
    if (!handler) return next();
    if (!equal(ctx.get('authorization'), `Bearer ${secret}`)) {
      ctx.status = 401;
      ctx.body = { error: 'access_denied' };
      return;
    }
    try {
      ctx.status = 200;
      await handler(ctx);
    } catch ({ message, errcode = 'invalid_request' }) {
      ctx.status = 400;
      ctx.body = { error: errcode, error_description: message };
    }
  };
}
