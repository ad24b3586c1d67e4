/** Subscriptions that lose nothing: whoever comes back says how far they got. */
import type { Client, Sink } from "graphql-ws";

import type { Document } from "./documents.ts";

interface Problem {
  message: string;
  extensions?: { code?: string };
}

export interface Following<Result, Variables> {
  document: Document<Result, Variables>;
  /** Asked before every (re)connection, so that what came meanwhile is not sent again. */
  variables: () => Variables;
  next: (result: Result) => void;
  /** The log is another than the one that was read: forget it, and begin anew. */
  conflict?: () => void;
  /** It ended for good, and why. */
  failed: (problem: string) => void;
}

/** Follow until the answer is called. The client reconnects; a server that ends it with more to come is asked again. */
export function follow<Result, Variables>(client: Client, following: Following<Result, Variables>): () => void {
  let wanted = true;
  let stop = (): void => {};
  const begin = (): void => {
    if (wanted) stop = client.subscribe(payload(following), sink(following, begin, () => wanted));
  };
  begin();
  return () => {
    wanted = false;
    stop();
  };
}

/** The message that begins a subscription. Its variables are read anew whenever the client sends it again. */
export function payload<Result, Variables>({ document, variables }: Following<Result, Variables>) {
  return {
    ...document,
    get variables() {
      return variables() as Record<string, unknown>;
    },
  };
}

function sink<Result, Variables>(
  following: Following<Result, Variables>,
  again: () => void,
  isWanted: () => boolean,
): Sink<{ data?: Result | null }> {
  return {
    next: ({ data }) => data && following.next(data),
    complete: () => {
      if (isWanted()) queueMicrotask(again);
    },
    error: (reason) => {
      const problem = problemOf(reason);
      if (problem.extensions?.code === "CONFLICT" && following.conflict) {
        following.conflict();
        queueMicrotask(again);
      } else following.failed(problem.message);
    },
  };
}

/** What an error of a subscription says: GraphQL errors come as a list, those of the connection as its closing. */
export function problemOf(reason: unknown): Problem {
  if (Array.isArray(reason) && reason.length) return reason[0] as Problem;
  if (reason instanceof Error) return { message: reason.message };
  if (reason instanceof Object && "reason" in reason && reason.reason) return { message: String(reason.reason) };
  return { message: "The connection ended." };
}
