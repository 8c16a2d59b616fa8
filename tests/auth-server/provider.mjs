// The OAuth 2.0 server, made of oidc-provider with what is particular to Matrix.

import { Provider, errors, interactionPolicy } from './packages.mjs';
import { escape, sendPage } from './pages.mjs';
import { RESOURCE, matrixScopes } from './scopes.mjs';
import { adapter } from './store.mjs';

/** What the account page can be asked for (MSC4191). */
export const ACTIONS = {
  profile: ['org.matrix.profile'],
  list: ['org.matrix.devices_list', 'org.matrix.sessions_list'],
  remove: ['org.matrix.device_delete', 'org.matrix.session_end'],
  reset: ['org.matrix.cross_signing_reset'],
};

/** The prompts are looked at in the order create, login, consent. */
function prompts(creation) {
  const policy = interactionPolicy.base();
  if (creation) policy.add(new interactionPolicy.Prompt({ name: 'create', requestable: true }), 0);
  return policy;
}

const features = {
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  registration: { enabled: true, issueRegistrationAccessToken: false },
  resourceIndicators: {
    enabled: true,
    defaultResource: () => RESOURCE,
    useGrantedResource: () => true,
    getResourceServerInfo: ({ oidc }) => ({
      scope: oidc.route === 'token' ? oidc.grant.getResourceScope(RESOURCE) : matrixScopes(oidc.params.scope).join(' '),
    }),
  },
  revocation: { enabled: true, allowedPolicy: (ctx, client, token) => token.clientId === client.clientId },
  rpInitiatedLogout: { enabled: false },
  userinfo: { enabled: false },
};

/** As matrix-authentication-service does, refuses clients that do not say where they are at home. */
const extraClientMetadata = {
  properties: ['client_uri'],
  validator(ctx, name, value) {
    if (!/^https:\/\/[a-z0-9.-]+\/[A-Za-z0-9/.-]*$/.test(value)) throw new errors.InvalidClientMetadata('invalid client_uri');
  },
};

const routes = {
  authorization: '/authorize',
  jwks: '/oauth2/keys.json',
  registration: '/oauth2/registration',
  revocation: '/oauth2/revoke',
  token: '/oauth2/token',
};

function configuration(issuer, store, accounts, { creation, accessTokenTtl, refreshTokenTtl }) {
  return {
    adapter: adapter(store),
    clientAuthMethods: ['none'],
    clientBasedCORS: () => true,
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    // Lifetimes of a few seconds are to be kept to the second.
    clockTolerance: 0,
    cookies: { keys: [store.cookieKey] },
    discovery: {
      account_management_uri: `${issuer}account`,
      account_management_actions_supported: Object.values(ACTIONS).flat(),
      prompt_values_supported: creation ? ['login', 'create'] : ['login'],
    },
    expiresWithSession: () => false,
    extraClientMetadata,
    features,
    findAccount: (ctx, user) => (accounts.has(user) ? { accountId: user, claims: () => ({ sub: user }) } : undefined),
    interactions: { policy: prompts(creation), url: (ctx, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
    jwks: { keys: [{ ...store.signingKey, use: 'sig', alg: 'RS256' }] },
    renderError(ctx, { error, error_description: description }) {
      sendPage(ctx, 'Sign-in failed', `<p role="alert">${escape(error)}: ${escape(description)}</p>`);
    },
    responseTypes: ['code'],
    revokeGrantPolicy: () => true,
    rotateRefreshToken: () => true,
    routes,
    scopes: ['openid'],
    ttl: {
      AccessToken: accessTokenTtl,
      AuthorizationCode: 60,
      Grant: 365 * 24 * 3600,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: refreshTokenTtl,
      Session: 3600,
    },
  };
}

/** Keeps sessions and the homeserver's devices in step with tokens, before the client has its answer. */
async function keepInStep(ctx, next, accounts) {
  await next();
  const { route, entities, session } = ctx.oidc ?? {};
  try {
    if (ctx.state.revoked) await accounts.end(ctx.state.revoked);
    if (route === 'token' && ctx.status === 200 && entities.AuthorizationCode) {
      const made = accounts.store.sessions.get(entities.Grant.jti);
      if (made.deviceId) await accounts.addDevice(made);
    }
  } catch (error) {
    console.error('auth-server:', error.message);
    ctx.status = 500;
    ctx.body = { error: 'server_error', error_description: error.message };
  }
  // The browser does not stay signed in: every sign-in asks for the password.
  if (route === 'resume') await session.destroy();
}

export function createProvider(issuer, store, accounts, options) {
  const provider = new Provider(issuer, configuration(issuer, store, accounts, options));
  provider.on('server_error', (ctx, error) => console.error('auth-server:', error));
  provider.on('grant.revoked', (ctx, grantId) => { ctx.state.revoked = grantId; });
  // A session has one valid access token: a refresh ends the one before.
  provider.on('access_token.saved', ({ grantId, jti }) => {
    const session = store.sessions.get(grantId);
    if (!session) return;
    if (session.accessToken) provider.AccessToken.adapter.destroy(session.accessToken);
    session.accessToken = jti;
  });
  // What an answer tells of is kept before it is given.
  provider.use(async (ctx, next) => {
    try {
      await next();
    } finally {
      store.save();
    }
  });
  provider.use((ctx, next) => keepInStep(ctx, next, accounts));
  return provider;
}
