// The built files, used the ways an app uses them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script, createContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";

let dist: string;
beforeAll(() => {
  dist = mkdtempSync(join(tmpdir(), "exedra-dist-"));
  execFileSync(process.execPath, ["build.mjs", dist], { stdio: "pipe" });
}, 60_000);
afterAll(() => rmSync(dist, { recursive: true, force: true }));

/** Runs a built script as a `<script>` of an otherwise empty page. */
function page(file: string, more: object = {}): Record<string, any> {
  const window: Record<string, unknown> = { URL, WeakMap, setTimeout, ...more };
  new Script(readFileSync(join(dist, file), "utf8")).runInContext(createContext(window));
  return window;
}

test("a script tag defines window.OT, and nothing else", () => {
  const { OT, ...rest } = page("opentok.umd.js");
  expect(typeof OT.initSession).toBe("function");
  expect(Object.keys(rest).sort()).toEqual(["URL", "WeakMap", "setTimeout"]);
});

test("an AMD loader gets it as well", () => {
  let defined: any;
  const define = Object.assign((_dependencies: unknown[], factory: () => unknown) => (defined = factory()), { amd: {} });
  expect(page("opentok.umd.js", { define })["OT"]).toBe(defined);
});

test("require returns OT itself", () => {
  const OT = createRequire(import.meta.url)(join(dist, "opentok.umd.cjs"));
  expect([typeof OT.initSession, Object.hasOwn(OT, "setProxyUrl"), typeof OT.default]).toEqual(["function", true, "undefined"]);
});

test("import gives the default and the named exports, on a server too", async () => {
  expect(typeof document).toBe("undefined");
  const module = await import(join(dist, "opentok.esm.js"));
  expect(module.default.initSession).toBe(module.initSession);
  expect(Object.keys(module).filter((name) => name !== "default" && !(name in module.default))).toEqual([]);
  const core = await import(join(dist, "exedra.esm.js"));
  expect(typeof core.connect).toBe("function");
});

test("the page's server is the origin of the script", () => {
  const document = { currentScript: { src: "https://video.example:8443/v2/js/opentok.min.js" } };
  expect(page("opentok.umd.js", { document })["OT"].properties.apiURL).toBe("https://video.example:8443");
  const { OT } = page("opentok.umd.js", { document });
  OT.setProxyUrl("https://proxy.example/");
  expect(OT.properties.apiURL).toBe("https://proxy.example/video.example:8443");
  const elsewhere = page("opentok.umd.js", { document, EXEDRA: { serverUrl: "https://own.example" } });
  expect(elsewhere["OT"].properties.apiURL).toBe("https://own.example");
});
