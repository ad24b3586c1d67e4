import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

type Follow = (id: string, onEntry: (update: object) => void) => Promise<never>;
interface Asking {
  variables: { after: number; epoch?: number };
}

/** The loop that docs/subscriptions.md shows, with `client` in the place of the one that it makes. */
function shown(client: { iterate: (asking: Asking) => AsyncIterable<object> }): Follow {
  const [, chapter = ""] = readFileSync("../docs/subscriptions.md", "utf8").split("### With graphql-ws\n");
  const [code = ""] = chapter.split("### With graphql-sse");
  const loop = code.slice(code.indexOf("});") + 3);
  return new Function("client", "query", `${loop}; return follow;`)(client, "") as Follow;
}

const entry = (seq: number) => ({ data: { chatEvents: { __typename: "ChatMessageSent", seq } } });
const fault = (code: string, more = {}) => [{ message: "no", extensions: { code, ...more } }];

/** Where the loop asks to go on from, as what it follows ends in these ways one after the other, and what ends it. */
async function asked(...ends: unknown[]) {
  const froms: [number, number | undefined][] = [];
  async function* iterate({ variables: { after, epoch } }: Asking): AsyncGenerator<object> {
    froms.push([after, epoch]);
    if (froms.length === 1) yield entry(3);
    const end = ends[froms.length - 1];
    if (end instanceof Array && end[0] === "result") yield { errors: end[1] };
    else throw end;
  }
  const last = await shown({ iterate })("s", () => undefined).catch((error: unknown) => error);
  return { froms, last };
}

test("the loop of the documentation goes on where it was after whatever passes, and ends with what does not", async (context) => {
  context.mock.method(globalThis, "setTimeout", setImmediate);
  const [broke, busy] = [{ code: 1012, reason: "" }, ["result", fault("RATE_LIMITED")]];
  const { froms, last } = await asked(fault("INTERNAL"), fault("TIMEOUT"), busy, broke, fault("CONFLICT", { epoch: 2 }), fault("NOT_FOUND"));
  assert.deepEqual(froms, [[0, undefined], ...Array<unknown>(4).fill([3, undefined]), [0, 2]]);
  assert.deepEqual(last, fault("NOT_FOUND"));
  const barred = { code: 4403, reason: "The token is not valid any more." };
  assert.deepEqual((await asked(barred)).last, barred);
});
