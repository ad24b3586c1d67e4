/** Loaded before the tests: an import of a .graphql file is its name, as Vite makes it its text. */
import { registerHooks } from "node:module";
import { basename } from "node:path";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith(".graphql") ? { url: new URL(specifier, context.parentURL).href, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) => {
    if (!url.endsWith(".graphql")) return next(url, context);
    const source = `export default ${JSON.stringify({ query: basename(url, ".graphql"), documentId: "" })};`;
    return { format: "module", source, shortCircuit: true };
  },
});
