// What people see in their browser: sign-in, creation of an account, the account's page.

import { credentialsForm, devicesPage, escape, sendPage, signInPage } from './pages.mjs';
import { ACTIONS } from './provider.mjs';
import { RESOURCE, deviceIds, matrixScopes } from './scopes.mjs';

const WRONG = 'Wrong user name or password.';

/** The fields of a form, or of a JSON object. */
export async function readBody(ctx) {
  let text = '';
  for await (const chunk of ctx.req) text += chunk;
  return ctx.is('json') ? JSON.parse(text || '{}') : Object.fromEntries(new URLSearchParams(text));
}

/** The handlers, by the first part of their path. */
export function pages(provider, accounts, { creation }) {
  async function enter(create, user, password) {
    if (create) await accounts.create(user, password);
    else if (!accounts.passwordMatches(user, password)) throw new Error(WRONG);
    await accounts.provision(user);
  }

  async function grantAccess(user, { clientId, clientName }, scope) {
    const scopes = matrixScopes(scope);
    const grant = new provider.Grant({ accountId: user, clientId });
    grant.addOIDCScope('openid');
    grant.addResourceScope(RESOURCE, scopes);
    const grantId = await grant.save();
    const session = { user, deviceId: deviceIds(scopes)[0], client: clientName, created: new Date().toISOString() };
    accounts.store.sessions.set(grantId, session);
    return grantId;
  }

  /** Sign-in and creation: one form, which also gives the client access. */
  async function interaction(ctx) {
    const { prompt, params } = await provider.interactionDetails(ctx.req, ctx.res);
    const { clientId, clientName = clientId } = await provider.Client.find(params.client_id);
    const create = creation && (ctx.query.create ? ctx.query.create === '1' : prompt.name === 'create');
    const view = { client: clientName, create, creation };
    if (ctx.method !== 'POST') {
      const user = params.login_hint?.replace(/^mxid:@([^:]*):.*$/, '$1');
      return signInPage(ctx, { ...view, user });
    }
    const form = await readBody(ctx);
    const user = form.username?.trim();
    let result = { error: 'access_denied', error_description: 'The user cancelled the request' };
    if (form.action !== 'cancel') {
      try {
        await enter(create, user, form.password);
      } catch ({ message }) {
        return signInPage(ctx, { ...view, user, error: message });
      }
      const grantId = await grantAccess(user, { clientId, clientName }, params.scope);
      result = { create: {}, login: { accountId: user }, consent: { grantId } };
    }
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
    ctx.status = 303;
  }

  async function changePassword(ctx, title, user, password) {
    accounts.setPassword(user, password);
    sendPage(ctx, title, '<p role="status">Your password is changed.</p>');
  }

  /** Lists devices, signs one out, approves a reset of the cryptographic identity, changes the password. */
  async function account(ctx) {
    const { action, device_id: deviceId } = ctx.query;
    const reset = ACTIONS.reset.includes(action);
    const remove = ACTIONS.remove.includes(action) && deviceId;
    const change = ACTIONS.profile.includes(action);
    const [title, submit] = reset ? ['Reset your cryptographic identity', 'Approve the reset']
      : remove ? [`Sign out device ${deviceId}`, 'Sign out']
        : change ? ['Your account', 'Change password'] : ['Your devices', 'Show'];

    const form = ctx.method === 'POST' ? await readBody(ctx) : {};
    const user = form.username?.trim();
    if (!accounts.passwordMatches(user, form.password)) {
      return sendPage(ctx, title, credentialsForm({ user, error: user && WRONG, submit, change }));
    }
    if (change) return changePassword(ctx, title, user, form.next);
    const own = accounts.sessionsOf(user).filter(([, session]) => session.deviceId);
    if (reset) await accounts.ask('allow_cross_signing_reset', { localpart: user });
    if (remove) await Promise.all(accounts.sessionsOf(user, deviceId).map(([id]) => accounts.end(id)));
    if (reset || remove) return sendPage(ctx, title, '<p role="status">Done. You can go back to your app.</p>');
    return devicesPage(ctx, title, own.map(([, session]) => session));
  }

  return async function page(ctx, next) {
    const handler = ctx.path === '/account' ? account : ctx.path.startsWith('/interaction/') && interaction;
    if (!handler) return next();
    try {
      await handler(ctx);
    } catch ({ message, error_description: description = message }) {
      ctx.status = 400;
      sendPage(ctx, 'Something went wrong', `<p role="alert">${escape(description)}</p>`);
    }
  };
}
