// Makes ui/vendor/lit.js and ui/vendor/fluent.js: each library as one ES module holding what the
// window uses of it. Run by hand when a version in package.json is raised:
//
//     node xtask/node/vendor.mjs [TOOLS]
//
// TOOLS is the folder that holds npm/node_modules; the default is $GALAXY_CHAT_TOOLS, then
// target/tools. The output depends on the pinned versions only, so a second run changes nothing.
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const tools = resolve(process.argv[2] ?? process.env.GALAXY_CHAT_TOOLS ?? join(root, "target/tools"));
const npm = join(tools, "npm");
const vendor = join(root, "ui/vendor");
const require = createRequire(join(npm, "package.json"));
const esbuild = require("esbuild");

const libraries = [
  {
    file: "lit.js",
    package: "lit",
    licence: "lit.LICENSE",
    source: `
      export { LitElement, html, nothing } from "lit";
      export { classMap } from "lit/directives/class-map.js";
      export { guard } from "lit/directives/guard.js";
      export { ifDefined } from "lit/directives/if-defined.js";
      export { live } from "lit/directives/live.js";
      export { repeat } from "lit/directives/repeat.js";`,
  },
  {
    file: "fluent.js",
    package: "@fluent/bundle",
    licence: "fluent.LICENSE",
    source: `export { FluentBundle, FluentResource } from "@fluent/bundle";`,
  },
];

for (const library of libraries) {
  const folder = join(npm, "node_modules", library.package);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  await esbuild.build({
    stdin: { contents: library.source, resolveDir: npm },
    outfile: join(vendor, library.file),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    charset: "utf8",
    // The licence is beside the file and named in the header.
    legalComments: "none",
    banner: {
      js:
        `/* ${library.package} ${version}, ${license}, see ${library.licence}.\n` +
        `   Made by xtask/node/vendor.mjs with esbuild ${esbuild.version}; do not edit. */`,
    },
  });
}

// @fluent/bundle is published without its licence's text: fluent.LICENSE is kept by hand.
await copyFile(join(npm, "node_modules/lit/LICENSE"), join(vendor, "lit.LICENSE"));
