import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";

/** Asks the API at `place`: queries and mutations by POST, subscriptions by WebSocket. */
export function fetcher(place: Location): Fetcher {
  const socket = new URL("/graphql", place.href);
  socket.protocol = place.protocol === "https:" ? "wss:" : "ws:";
  const ask = createGraphiQLFetcher({ url: "/graphql", subscriptionUrl: socket.href });
  return (params, options) => ask(params, options && { ...options, headers: lowered(options.headers) });
}

/** The same headers, in small letters: over a WebSocket they are keys of the first message, not headers. */
export function lowered(headers: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
