import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const page = (name: string): string => resolve(import.meta.dirname, `${name}.html`);

/** A .graphql file becomes its text and the id that it has among the trusted documents. */
const documents: Plugin = {
  name: "documents",
  transform: {
    filter: { id: /\.graphql$/ },
    handler: (query) => {
      const documentId = `sha256:${createHash("sha256").update(query).digest("hex")}`;
      return { code: `export default ${JSON.stringify({ query, documentId })};`, map: null };
    },
  },
};

/** The three pages, into the package, where the wheel and the server take them from. */
export default defineConfig({
  base: "/web/",
  plugins: [documents],
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
