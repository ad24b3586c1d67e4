/** Queries and mutations, by POST. */
import type { Document } from "./documents.ts";

interface Complaint {
  message: string;
}

interface Fault extends Complaint {
  extensions?: { code?: string };
}

/** The API said no: its sentences are for people. */
export class Refused extends Error {
  override name = "Refused";
}

/** There is no answer for now; the same may be sent again later. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

export type Ask = <Result, Variables>(document: Document<Result, Variables>, variables: Variables) => Promise<Result>;

/** Asks the API of this page as whoever `token` is of. Rejects with Refused or Unreachable. */
export function asking(token: string | null): Ask {
  return async (document, variables) => {
    const { data, errors } = (await sent(token, { ...document, variables })) ?? {};
    if (errors?.length) throw new (errors.some(isPassing) ? Unreachable : Refused)(errors.map(sentence).join(" "));
    if (!data) throw new Unreachable(SILENT);
    return data as never;
  };
}

const SILENT = "The server does not answer.";
const PASSING = ["INTERNAL", "TIMEOUT", "RATE_LIMITED"];

/** Whether the same may be answered later: the database is away, slow, or has had enough of us. */
export function isPassing({ extensions }: { extensions?: { code?: unknown } }): boolean {
  return PASSING.includes(String(extensions?.code));
}

async function sent(token: string | null, body: object): Promise<{ data?: unknown; errors?: Fault[] } | null> {
  const asking = fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
    credentials: "omit",
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await asking.catch(unreachable("The server cannot be reached."));
  if (answer.status >= 500) throw new Unreachable(SILENT);
  // What is no JSON broke off, or comes from somebody before the server.
  return answer.json().catch(unreachable(SILENT));
}

function unreachable(message: string): (cause: unknown) => never {
  return (cause) => {
    throw new Unreachable(message, { cause });
  };
}

/** What a mutation says, if it took nothing amiss. Throws Refused. */
export function granted<Payload extends { userErrors: Complaint[] }>(payload: Payload): Payload {
  if (payload.userErrors.length) throw new Refused(payload.userErrors.map(sentence).join(" "));
  return payload;
}

/** A complaint as a sentence. */
export function sentence({ message }: Complaint): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
