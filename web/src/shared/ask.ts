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

/** The server says that something went wrong in it: that may pass, or be so with this question each time. */
export class Broken extends Unreachable {
  override name = "Broken";
}

export type Ask = <Result, Variables>(document: Document<Result, Variables>, variables: Variables) => Promise<Result>;

/** Asks the API of this page as whoever `token` is of. Rejects with Refused or Unreachable. */
export function asking(token: string | null): Ask {
  return async (document, variables) => {
    const { data, errors } = await sent(token, { ...document, variables });
    if (errors?.length && !isDone(data)) throw amiss(errors);
    if (!data) throw new Unreachable(SILENT);
    return data as never;
  };
}

const SILENT = "The server does not answer.";
const INTERNAL = "INTERNAL";
const PASSING = [INTERNAL, "TIMEOUT", "RATE_LIMITED"];
const PASSING_STATUS = [408, 429];

/** Whether the same may be answered later: the database is away, slow, or has had enough of us. */
export function isPassing({ extensions }: { extensions?: { code?: unknown } }): boolean {
  return PASSING.includes(String(extensions?.code));
}

/** Whether a mutation told how it went: it was done then, and only something that was to be read of it is missing. */
function isDone(data: unknown): boolean {
  const payloads = Object.values(data ?? {});
  return payloads.length > 0 && payloads.every((one) => one instanceof Object && "userErrors" in one);
}

function amiss(errors: Fault[]): Error {
  const text = errors.map(sentence).join(" ");
  if (errors.some(({ extensions }) => extensions?.code === INTERNAL)) return new Broken(text);
  return errors.some(isPassing) ? new Unreachable(text) : new Refused(text);
}

interface Answer {
  data?: unknown;
  errors?: Fault[];
}

async function sent(token: string | null, body: object): Promise<Answer> {
  const asking = fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
    credentials: "omit",
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await asking.catch(unreachable("The server cannot be reached."));
  if (answer.status >= 500) throw new Unreachable(SILENT);
  return read(await answer.text().catch(unreachable(SILENT)), answer.status);
}

/** Whatever else is read comes from somebody before the server: if it is our fault by the status, then each time. */
function read(text: string, status: number): Answer {
  const answer = parsed(text);
  if (answer?.data || answer?.errors?.length) return answer;
  if (status < 400 || PASSING_STATUS.includes(status)) throw new Unreachable(SILENT);
  throw new Refused(`This does not get through to the server (${status}).`);
}

function parsed(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer | null;
  } catch {
    return null;
  }
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
