import { resolve } from "node:path";
import { defineConfig } from "vite";

const page = (name: string): string => resolve(import.meta.dirname, `${name}.html`);

/** The three pages, into the package, where the wheel and the server take them from. */
export default defineConfig({
  base: "/web/",
  build: {
    outDir: "../app/_assets/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the policy lets no page load a font or script from a data: URL
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      checks: { moduleLevelDirective: false }, // "use client" of React's libraries means nothing here
      input: { graphiql: page("graphiql"), chat: page("chat"), desk: page("desk") },
    },
  },
  worker: { format: "es" },
});
