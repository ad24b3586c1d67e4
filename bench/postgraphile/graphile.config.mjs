// PostGraphile as its manual has it for production: no GraphiQL, no explain, no watching, JSON written as text.
// Filters over relations need the plugin that its manual names for them; columns without an index are let in, too.
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const socket = new URLSearchParams(process.env.BENCH_DSN.split("?")[1]).get("host");

export default {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  pgServices: [
    makePgService({
      poolConfig: {
        host: socket,
        user: "agora",
        database: "agora",
        max: Number(process.env.BENCH_POOL),
        options: "-c jit=off",
      },
      schemas: ["identity", "freelance", "business", "agents", "catalog"],
      pubsub: false,
    }),
  ],
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  schema: { connectionFilterRelations: true },
  grafserv: {
    host: "127.0.0.1",
    port: Number(process.env.BENCH_PORT),
    graphqlPath: "/graphql",
    graphiql: false,
    watch: false,
    websockets: false,
    outputDataAsString: true,
  },
  grafast: { explain: false },
};
