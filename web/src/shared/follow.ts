/** Subscriptions that lose nothing: whoever comes back says how far they got. */
import type { GraphQLFormattedError } from "graphql";
import type { Client, Sink } from "graphql-ws";

import { pause } from "./again.ts";
import { isPassing } from "./ask.ts";
import type { Document } from "./documents.ts";
import { isRefusal } from "./socket.ts";

/** Milliseconds before a subscription that ended is asked for again, however often that is. */
const PAUSE = 100;

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
  let retry = 0;
  const begin = (): void => {
    if (wanted) stop = client.subscribe(payload(heard), sink(heard, again, later));
  };
  const again = (): void => void setTimeout(begin, PAUSE);
  const later = (): void => void setTimeout(begin, pause(retry++, Math.random()));
  const next = (result: Result): void => {
    retry = 0;
    following.next(result);
  };
  const heard = { ...following, next };
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

interface Answer<Result> {
  data?: Result | null;
  errors?: readonly GraphQLFormattedError[];
}

function sink<Result, Variables>(following: Following<Result, Variables>, again: () => void, later: () => void): Sink<Answer<Result>> {
  let hasFailed = false;
  const failed = (reason: unknown): void => {
    hasFailed = true;
    const problem = problemOf(reason);
    if (problem.extensions?.code === "CONFLICT" && following.conflict) {
      following.conflict();
      again();
    } else if (isPassing(problem) || isBreak(reason)) later();
    else following.failed(problem.message);
  };
  return {
    next: ({ data, errors }) => (data ? following.next(data) : failed(errors)),
    error: failed,
    complete: () => {
      if (!hasFailed) again();
    },
  };
}

/** Whether the connection was closed, and by nobody who would close the next one too. */
function isBreak(reason: unknown): boolean {
  return reason instanceof Object && "code" in reason && !isRefusal(reason);
}

/** What an error of a subscription says: GraphQL errors come as a list, those of the connection as its closing. */
export function problemOf(reason: unknown): Problem {
  if (Array.isArray(reason) && reason.length) return reason[0] as Problem;
  if (reason instanceof Error) return { message: reason.message };
  if (reason instanceof Object && "reason" in reason && reason.reason) return { message: String(reason.reason) };
  return { message: "The connection ended." };
}
