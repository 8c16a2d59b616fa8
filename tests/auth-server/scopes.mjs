// Matrix's scopes. They contain the id of the device, so they cannot be listed in advance, as
// oidc-provider wants it. They are therefore the scopes of a "resource server" (RFC 8707), the Matrix
// API, which every request is for.

import { errors } from './packages.mjs';

export const RESOURCE = 'urn:matrix:client';
export const API_SCOPE = 'urn:matrix:client:api:*';

const ANY_API_SCOPE = /^urn:matrix:(org\.matrix\.msc2967\.)?client:api:\*$/;
const DEVICE_SCOPE = /^urn:matrix:(?:org\.matrix\.msc2967\.)?client:device:([A-Za-z0-9._~!$&'()*+,;=:@/-]{10,})$/;

export const deviceIds = (scopes) => [...new Set(scopes.map((scope) => scope.match(DEVICE_SCOPE)?.[1]).filter(Boolean))];

/** The Matrix scopes in a scope parameter; those that are not known are refused. */
export function matrixScopes(parameter = '') {
  const scopes = parameter.split(' ').filter((scope) => scope && scope !== 'openid');
  const unknown = scopes.find((scope) => !ANY_API_SCOPE.test(scope) && !DEVICE_SCOPE.test(scope));
  if (unknown) throw new errors.InvalidScope('scope not allowed', unknown);
  if (deviceIds(scopes).length > 1) throw new errors.InvalidScope('only one device scope is allowed at a time');
  return scopes;
}
