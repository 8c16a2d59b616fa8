// Accounts and sessions, kept in step with the homeserver.

import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** Asks one of Synapse's /_synapse/mas/ endpoints; throws Synapse's own message where it refuses. */
export const homeserver = (url, secret) => async (endpoint, body) => {
  const response = await fetch(new URL(`/_synapse/mas/${endpoint}`, url), {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (response.ok) return;
  const { errcode, error } = await response.json().catch(() => ({}));
  throw Object.assign(new Error(error ?? `The homeserver answered ${response.status}`), { errcode });
};

const digest = (password, salt) => scryptSync(password, Buffer.from(salt, 'hex'), 32);

export class Accounts {
  /** Set once it is there; it needs the accounts itself. */
  provider;

  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
  }

  has(user) {
    return this.store.accounts.has(user);
  }

  passwordMatches(user, password = '') {
    const account = this.store.accounts.get(user);
    return account !== undefined && timingSafeEqual(Buffer.from(account.hash, 'hex'), digest(password, account.salt));
  }

  setPassword(user, password) {
    const salt = randomBytes(16).toString('hex');
    this.store.accounts.set(user, { salt, hash: digest(password, salt).toString('hex') });
  }

  /** A new account, on the homeserver too. */
  async create(user = '', password = '', name = user) {
    await this.ask(`is_localpart_available?${new URLSearchParams({ localpart: user })}`);
    if (this.has(user)) throw new Error('User ID already taken.');
    if (!password) throw new Error('Enter a password.');
    await this.ask('provision_user', { localpart: user, set_displayname: name });
    this.setPassword(user, password);
  }

  /** Makes sure that the homeserver knows the user. */
  async provision(user) {
    await this.ask('provision_user', { localpart: user });
  }

  async addDevice({ user, deviceId, client }) {
    await this.ask('upsert_device', { localpart: user, device_id: deviceId, display_name: client });
  }

  /** A session without a client and without an end, for those who only play a part in a test. */
  async startBareSession(user, deviceId) {
    if (!this.has(user)) throw new Error('There is no such account.');
    await this.addDevice({ user, deviceId, client: 'Bare client' });
    const token = randomBytes(32).toString('base64url');
    this.store.bareSessions.set(token, { user, deviceId });
    this.store.issued.push({ user, kind: 'AccessToken', value: token });
    return token;
  }

  /** The sessions of a user, or of everybody, as [id, session]. */
  sessionsOf(user, deviceId) {
    const wanted = ([, session]) => (!user || session.user === user) && (!deviceId || session.deviceId === deviceId);
    return [...this.store.sessions].filter(wanted);
  }

  /** Ends a session: its tokens die, and the homeserver deletes its device, unless that is to stay. */
  async end(grantId, { keepDevice = false } = {}) {
    const session = this.store.sessions.get(grantId);
    if (!session) return;
    this.store.sessions.delete(grantId);
    const { AccessToken, AuthorizationCode, Grant, RefreshToken } = this.provider;
    await Promise.all([AccessToken, AuthorizationCode, RefreshToken].map((model) => model.revokeByGrantId(grantId)));
    await (await Grant.find(grantId))?.destroy();
    if (session.deviceId && !keepDevice) await this.removeDevice(session);
  }

  /** Ends the sessions without a client; answers how many there were. */
  async endBareSessions(user, deviceId, { keepDevice = false } = {}) {
    const found = [...this.store.bareSessions]
      .filter(([, session]) => session.user === user && (!deviceId || session.deviceId === deviceId));
    for (const [token, session] of found) {
      this.store.bareSessions.delete(token);
      if (!keepDevice) await this.removeDevice(session);
    }
    return found.length;
  }

  /** Removes a device that no other session has. */
  async removeDevice({ user, deviceId }) {
    if (this.sessionsOf(user, deviceId).length) return;
    await this.ask('delete_device', { localpart: user, device_id: deviceId });
  }
}
