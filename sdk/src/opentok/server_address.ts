/**
 * Where the server is, in this order: `OT.setProxyUrl()`, `window.EXEDRA = {serverUrl}`, the build constant
 * `__EXEDRA_SERVER_URL__`, the origin of the script that holds this file, the origin of the page.
 */

declare const __EXEDRA_SERVER_URL__: string | undefined;

/** Known only while the script runs for the first time. */
const scriptSource = typeof document === "undefined" ? undefined : (document.currentScript as HTMLScriptElement | null)?.src;
let proxyUrl: string | undefined;

export function setProxyUrl(url: string): void {
  proxyUrl = url.replace(/\/+$/, "");
}

/** Non-media requests go to `<proxy>/<host of the server>/…`, or to the proxy itself when only it is known. */
export function serverUrl(sessionProxyUrl = proxyUrl): string {
  const server = configured() ?? origin(scriptSource);
  if (sessionProxyUrl) return server ? `${sessionProxyUrl.replace(/\/+$/, "")}/${new URL(server).host}` : sessionProxyUrl;
  return server ?? globalThis.location?.origin ?? "http://localhost";
}

function configured(): string | undefined {
  const page = (globalThis as { EXEDRA?: { serverUrl?: string } }).EXEDRA?.serverUrl;
  return page ?? (typeof __EXEDRA_SERVER_URL__ === "undefined" ? undefined : __EXEDRA_SERVER_URL__);
}

function origin(url: string | undefined): string | undefined {
  return url && /^https?:/.test(url) ? new URL(url).origin : undefined;
}
