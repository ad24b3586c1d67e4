import type { CodegenConfig } from "@graphql-codegen/cli";

/** The types of what the pages send and get, after the schema; a document that does not fit it ends the build. */
export default {
  schema: "../schema.graphql",
  documents: "../graphql/operations/chat/*.graphql",
  generates: {
    "src/gql/types.ts": {
      plugins: ["typescript-operations"],
      config: {
        defaultScalarType: "unknown",
        enumType: "string-literal",
        useTypeImports: true,
        inlineFragmentTypes: "combine",
        scalars: {
          BigInt: "string",
          Date: "string",
          DateTime: "string",
          Decimal: "string",
          IpAddress: "string",
          UUID: "string",
        },
      },
    },
  },
} satisfies CodegenConfig;
