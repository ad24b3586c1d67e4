/** One WebSocket for all that a page follows. It comes back by itself, and says when it is there. */
import { type Client, createClient } from "graphql-ws";

export type Link = "connecting" | "connected" | "lost" | "refused";

const REFUSED = [4400, 4401, 4403];
const [SHORTEST, LONGEST, SIGN_OF_LIFE, PATIENCE] = [250, 4000, 10_000, 5000];

/** Milliseconds before try number `retry`, a little different for each of many clients that a restart cut off. */
export function pause(retry: number, chance: number): number {
  return Math.min(SHORTEST * 2 ** retry, LONGEST) * (0.5 + chance / 2);
}

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
    retryWait: (retry) => new Promise((resolve) => setTimeout(resolve, pause(retry, Math.random()))),
    on: {
      connected: () => say("connected"),
      closed: (event) => say(isRefusal(event) ? "refused" : isDone(event) ? "connecting" : "lost"),
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
