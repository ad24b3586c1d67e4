import type { CodegenConfig } from "@graphql-codegen/cli";

export default {
  schema: "schema.graphql",
  documents: "operations/*.graphql",
  importExtension: ".js",
  generates: {
    "src/gql/": {
      preset: "client",
      config: {
        documentMode: "string",
        strictScalars: true,
        scalars: {
          AnalyticsEventRows: "unknown",
          BigInt: "string",
          BusinessEventRows: "unknown",
          Date: "string",
          DateTime: "string",
          Decimal: "string",
          IpAddress: "string",
          JSON: "unknown",
          MetricRows: "unknown",
          UUID: "string",
        },
      },
    },
  },
} satisfies CodegenConfig;
