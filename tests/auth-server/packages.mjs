// The one package that these programs are made with. `cargo xtask setup` installs it outside of the
// repository and OIDC_PROVIDER says where; without that, the usual `node_modules` is looked in.

const provider = await import(process.env.OIDC_PROVIDER ?? 'oidc-provider');

export const { default: Provider, errors, interactionPolicy } = provider;
