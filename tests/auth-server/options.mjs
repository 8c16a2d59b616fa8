// What the programs of this folder are told: each option is a flag (--access-token-ttl=5) or, so
// that secrets need not be seen in a list of processes, a variable (ACCESS_TOKEN_TTL=5).

import { parseArgs } from 'node:util';

/** Reads the options; `defaults` names them all, and `null` is the default of one that must be given. */
export function readOptions(defaults) {
  const names = Object.keys(defaults);
  const { values: flags } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  });
  const variable = (name) => process.env[name.toUpperCase().replaceAll('-', '_')];
  const options = {};
  for (const name of names) {
    options[name] = flags[name] ?? variable(name) ?? defaults[name];
    if (options[name] === null) {
      console.error(`--${name} is missing`);
      process.exit(2);
    }
  }
  return options;
}
