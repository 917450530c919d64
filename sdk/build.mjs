// Builds dist/ (or the directory given as argument): each entry as ESM and UMD (one file each, no dependency), and the declarations. Prints the sizes.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const entries = [
  { name: "exedra", esm: "src/core/index.ts", umd: "src/core/umd.ts", global: "Exedra" },
  { name: "opentok", esm: "src/opentok/index.ts", umd: "src/opentok/umd.ts", global: "OT" },
];

/** `module.exports` (and so the global) is the default export of the entry. */
function umd(global) {
  return {
    banner: {
      js: `(function(root,factory){var m={exports:{}};factory(m,m.exports);var api=m.exports.default;
if(typeof module==="object"&&typeof exports==="object"){module.exports=api;return}
root.${global}=api;if(typeof define==="function"&&define.amd)define([],function(){return api});
})(typeof globalThis!=="undefined"?globalThis:self,function(module,exports){`,
    },
    footer: { js: "});" },
  };
}

const out = process.argv[2] ?? "dist";
rmSync(out, { recursive: true, force: true });
const common = { bundle: true, minify: true, sourcemap: true, target: ["es2022"], platform: "browser", legalComments: "none" };
const written = [];
for (const { name, esm, umd: umdEntry, global } of entries) {
  if (!existsSync(esm)) continue;
  await build({ ...common, entryPoints: [esm], format: "esm", outfile: `${out}/${name}.esm.js` });
  await build({ ...common, entryPoints: [umdEntry], format: "cjs", outfile: `${out}/${name}.umd.js`, ...umd(global) });
  // Node takes `.js` in this package for ESM.
  copyFileSync(`${out}/${name}.umd.js`, `${out}/${name}.umd.cjs`);
  written.push(`${out}/${name}.esm.js`, `${out}/${name}.umd.js`);
}
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", out], { stdio: "inherit" });
// Node resolves only what has an extension.
for (const file of readdirSync(out, { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(`${out}/${file}`, "utf8");
  writeFileSync(`${out}/${file}`, text.replace(/((?:from |import\()"\.[^"]*?)(?:\.js)?"/g, '$1.js"'));
}
for (const file of ["opentok-api.d.ts", "opentok.d.mts", "opentok.d.cts"]) {
  if (existsSync(`src/opentok/types/${file}`)) copyFileSync(`src/opentok/types/${file}`, `${out}/${file}`);
}

for (const file of written) {
  const bytes = readFileSync(file);
  console.log(`${file.padEnd(28)} ${kilobytes(bytes.length)} raw ${kilobytes(gzipSync(bytes, { level: 9 }).length)} gzip`);
}

function kilobytes(count) {
  return `${(count / 1024).toFixed(1).padStart(7)} kB`;
}
