/** One WebSocket for all that a page follows. It comes back by itself, and says when it is there. */
import { type Client, createClient } from "graphql-ws";

import { pause } from "./again.ts";

export type Link = "connecting" | "connected" | "lost" | "refused";

const REFUSED = [4400, 4401, 4403];
const [LONGEST, SIGN_OF_LIFE, PATIENCE] = [4000, 10_000, 5000];

/** Whether the server sent whoever connected away: trying again would not help. */
export function isRefusal(reason: unknown): boolean {
  return reason instanceof Object && "code" in reason && REFUSED.includes(Number(reason.code));
}

/** Whether the client closed it itself, because nothing is followed. */
function isDone(reason: unknown): boolean {
  return reason instanceof Object && "code" in reason && reason.code === 1000;
}

/** A client for the API at `place` as whoever `token` is of; `say` learns of every change of the connection. */
export function connected(place: Location, token: string, say: (link: Link) => void): Client {
  const url = new URL("/graphql", place.href);
  url.protocol = place.protocol === "https:" ? "wss:" : "ws:";
  let deaf: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: url.href,
    connectionParams: { authorization: `Bearer ${token}` },
    keepAlive: SIGN_OF_LIFE,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (reason) => !isRefusal(reason),
    retryWait: (retry) => new Promise((resolve) => setTimeout(resolve, pause(retry, Math.random(), LONGEST))),
    on: {
      connected: () => say("connected"),
      closed: (event) => {
        clearTimeout(deaf); // it is the next connection that would be ended
        say(isRefusal(event) ? "refused" : isDone(event) ? "connecting" : "lost");
      },
      // A connection that is half open answers no ping: it is ended, and another made.
      ping: (received) => {
        if (!received) deaf = setTimeout(() => client.terminate(), PATIENCE);
      },
      pong: (received) => {
        if (received) clearTimeout(deaf);
      },
    },
  });
  return client;
}
