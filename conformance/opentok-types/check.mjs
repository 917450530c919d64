// Type gate: fetches the vendor's declarations from npm (never its JavaScript), and has the compiler compare ours with them.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ORACLE = "@opentok/client@2.35.2";
const here = fileURLToPath(new URL(".", import.meta.url));
const target = join(here, "node_modules/@opentok/client");

if (!existsSync(join(here, "../../sdk/dist/opentok.d.cts"))) {
  console.error("sdk/dist is missing: run `npm run build` in sdk/ first");
  process.exit(1);
}

if (!existsSync(join(target, "package.json"))) {
  const scratch = mkdtempSync(join(tmpdir(), "opentok-types-"));
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", ORACLE, "--json", "--pack-destination", scratch], { stdio: ["ignore", "pipe", "ignore"] }).toString());
  execFileSync("tar", ["-xzf", join(scratch, filename), "-C", scratch, "--wildcards", "package/*.d.ts", "package/package.json"]);
  const { types, typings, version } = JSON.parse(readFileSync(join(scratch, "package/package.json"), "utf8"));
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, "package.json"), JSON.stringify({ name: "@opentok/client", version, types: "index.d.ts" }));
  writeFileSync(join(target, "index.d.ts"), readFileSync(join(scratch, "package", types ?? typings)));
  rmSync(scratch, { recursive: true });
}

const compiler = join(here, "node_modules/typescript/bin/tsc");
const flags = ["--strict", "--strictFunctionTypes", "false", "--skipLibCheck", "--noEmit", "--module", "node16", "--moduleResolution", "node16", "--target", "es2022", "--types", ""];
try {
  execFileSync(process.execPath, [compiler, ...flags, "surface.cts", "names.cts"], { cwd: here, stdio: "inherit" });
} catch {
  console.error(`type gate failed: our declarations do not cover ${ORACLE}`);
  process.exit(1);
}
console.log(`type gate passed: our declarations cover ${ORACLE}`);
