import { defineConfig } from "vite";

// In development the page comes from Vite and everything else from a running server (`exedra dev`).
const server = process.env.EXEDRA_URL ?? "http://127.0.0.1:4000";

export default defineConfig({
  base: "/",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    proxy: {
      "/dev": server,
      "/sdk": server,
      "/v2": server,
      "/v1": { target: server, ws: true },
    },
  },
});
