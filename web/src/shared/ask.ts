/** Queries and mutations, by POST. */
import type { Document } from "./documents.ts";

interface Complaint {
  message: string;
}

/** The API said no: its sentences are for people. */
export class Refused extends Error {
  override name = "Refused";
}

/** The API could not be reached; the same may be sent again later. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

export type Ask = <Result, Variables>(document: Document<Result, Variables>, variables: Variables) => Promise<Result>;

/** Asks the API of this page as whoever `token` is of. Rejects with Refused or Unreachable. */
export function asking(token: string | null): Ask {
  return async (document, variables) => {
    const answer = await sent(token, { ...document, variables });
    const { data, errors } = (await answer.json()) as { data?: never; errors?: { message: string }[] };
    if (errors?.length) throw new Refused(errors.map((error) => error.message).join(" "));
    return data as never;
  };
}

async function sent(token: string | null, body: object): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
      credentials: "omit",
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new Unreachable("The server cannot be reached.", { cause });
  }
  if (answer.status >= 500) throw new Unreachable("The server does not answer.");
  return answer;
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
