import assert from "node:assert/strict";
import { beforeEach, type TestContext, test } from "node:test";

import type { Client, Sink } from "graphql-ws";

import { asking, Broken, Refused, Unreachable } from "../../src/shared/ask.ts";
import { type ChatState, unread, type Update } from "../../src/shared/chat.ts";
import { Conversation } from "../../src/shared/conversation.ts";
import { AcceptChat, DeskViewer } from "../../src/shared/documents.ts";
import { unused } from "../../src/shared/names.ts";

const LATER = 60_000;

interface Input {
  content?: string;
  seq?: number;
  clientMessageId?: string;
}
type Answer = () => Response | Promise<Response>;

const json = (body: unknown, status = 200): Answer => () => new Response(JSON.stringify(body), { status });
const text = (body: string, status = 200): Answer => () => new Response(body, { status });
const fault = (code: string, status = 200): Answer => json({ data: null, errors: [{ message: `It was ${code}`, extensions: { code } }] }, status);
const fine: Answer = json({ data: { sendChatMessage: { userErrors: [] }, markChatRead: { userErrors: [] } } });
const silence: Answer = () => Promise.reject(new TypeError("Failed to fetch"));

/** The API as a page sees it: what it was asked, and what it answers from now on. */
const api = { asked: [] as [string, Input][], answer: fine };

/** All that is under way has happened, except what waits for a clock. */
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

async function later(context: TestContext, time = LATER): Promise<void> {
  context.mock.timers.tick(time);
  await settled();
}

beforeEach((context) => {
  Object.assign(api, { asked: [], answer: fine });
  const { mock } = context as TestContext;
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  mock.method(globalThis, "fetch", async (_: string, { body }: { body: string }) => {
    const { query, variables } = JSON.parse(body) as { query: string; variables: { input: Input } };
    api.asked.push([query, variables.input]);
    return api.answer();
  });
});

/** A visitor's chat, and what the log tells it; `watched` is whether somebody looks at it all the time. */
function talk(watched = false) {
  const sinks: Sink[] = [];
  const client = { subscribe: (_: object, sink: Sink) => sinks.push(sink) && (() => undefined) } as unknown as Client;
  const changed = (): void => {
    if (watched) chat.seen();
  };
  const chat: Conversation = new Conversation({ sessionId: "s", side: "VISITOR", me: null, ask: asking(null), client, changed, failed: assert.fail });
  chat.start();
  const hear = (seq: number): void => sinks.at(-1)?.next({ data: { chatEvents: message(seq) } });
  return { chat, hear };
}

const message = (seq: number) =>
  ({
    __typename: "ChatMessageSent",
    seq,
    type: "MESSAGE_SENT",
    actorType: "AGENT",
    createdAt: "",
    payload: {},
    actor: { id: "p", name: "Ana", lastReadSeq: "0" },
    clientMessageId: null,
    message: { id: `m${seq}`, senderType: "AGENT", senderName: "Ana", content: "x", createdAt: "", readAt: null, editedAt: null, redactedAt: null, isInternal: false, attachmentUrl: null, attachmentName: null },
  }) as Update;

const progress = (state: ChatState): string[] => state.lines.map((line) => (line.kind === "message" ? line.progress : ""));
const contents = (): (string | undefined)[] => api.asked.filter(([name]) => name === "send-chat-message").map(([, input]) => input.content);
const marks = (): (number | undefined)[] => api.asked.filter(([name]) => name === "mark-chat-read").map(([, input]) => input.seq);

const PASSES: Record<string, Answer> = {
  "no answer": silence,
  "a server that is busy": text("", 503),
  "a database that is away": fault("INTERNAL"),
  "a time that is over": fault("TIMEOUT", 503),
  "too many questions": fault("RATE_LIMITED", 429),
  "the page of a proxy": text("<html>"),
  "a proxy that waited for too long": text("", 408),
  "a proxy that has had enough": text("", 429),
  "an answer that says nothing": json(null),
};

for (const [what, answer] of Object.entries(PASSES)) {
  test(`what met ${what} waits, and is sent again while the connection stays`, async (context) => {
    const { chat } = talk();
    api.answer = answer;
    chat.say("hello");
    await settled();
    assert.deepEqual(progress(chat.state), ["waiting"]);
    api.answer = fine;
    await later(context as TestContext);
    assert.deepEqual(contents(), ["hello", "hello"]);
    assert.equal(new Set(api.asked.map(([, input]) => input.clientMessageId)).size, 1);
    await later(context as TestContext);
    assert.equal(contents().length, 2);
    chat.stop();
  });
}

test("what is said meanwhile is sent after what was said before, one after the other", async (context) => {
  const { chat } = talk();
  api.answer = silence;
  for (const word of ["one", "two", "three"]) chat.say(word);
  await settled();
  assert.deepEqual(progress(chat.state), ["waiting", "waiting", "waiting"]);
  let under = 0;
  api.answer = async () => {
    assert.equal(++under, 1);
    await settled();
    under--;
    return fine();
  };
  api.asked.length = 0;
  chat.resend();
  for (let turn = 0; turn < 20; turn++) await settled();
  assert.deepEqual(contents(), ["one", "two", "three"]);
  assert.equal(chat.isBehind, false);
  await later(context as TestContext);
  assert.equal(contents().length, 3);
  chat.stop();
});

test("tries of a message come later and later, until the connection is back or somebody leaves", async (context) => {
  const { chat } = talk();
  api.answer = silence;
  chat.say("hello");
  for (let second = 0; second < 120; second++) await later(context as TestContext, 1000);
  const tries = contents().length;
  assert.ok(tries > 5 && tries < 25, `${tries} tries in two minutes`);
  chat.resend();
  await settled();
  assert.equal(contents().length, tries + 1);
  chat.stop();
  await later(context as TestContext);
  assert.equal(contents().length, tries + 1);
});

test("what is refused is not sent again, and what comes after it is", async (context) => {
  const { chat } = talk();
  api.answer = fault("BAD_USER_INPUT");
  chat.say("hello");
  await settled();
  api.answer = json({ data: { sendChatMessage: { userErrors: [{ message: "The chat is over" }] } } });
  chat.say("are you there?");
  await settled();
  assert.deepEqual(progress(chat.state), ["refused", "refused"]);
  assert.deepEqual(chat.state.lines.map((line) => line.kind === "message" && line.problem), ["It was BAD_USER_INPUT.", "The chat is over."]);
  await later(context as TestContext);
  assert.deepEqual(contents(), ["hello", "are you there?"]);
  chat.stop();
});

for (const body of ["<html>", "", '{"message":"Forbidden"}']) {
  test(`what somebody before the server forbids by ${body || "nothing"} is not sent again, and what comes after it is`, async (context) => {
    const { chat } = talk();
    api.answer = text(body, 413);
    chat.say("hello");
    await settled();
    assert.deepEqual(progress(chat.state), ["refused"]);
    api.answer = fine;
    chat.say("are you there?");
    await later(context as TestContext);
    assert.deepEqual(contents(), ["hello", "are you there?"]);
    chat.stop();
  });
}

test("a message at which the server breaks ten times is given up, and holds up nothing that was said after it", async (context) => {
  const { chat } = talk();
  api.answer = () => (api.asked.at(-1)?.[1].content === "odd" ? fault("INTERNAL") : fine)();
  chat.say("odd");
  chat.say("even");
  for (let tried = 1; tried < 10; tried++) {
    await settled();
    assert.deepEqual(progress(chat.state), ["waiting", "waiting"]);
    await later(context as TestContext);
  }
  await settled();
  assert.deepEqual(contents(), [...Array<string>(10).fill("odd"), "even"]);
  assert.deepEqual(chat.state.lines.map((line) => line.kind === "message" && line.problem), ["This could not be sent.", null]);
  assert.equal(chat.isBehind, false);
  chat.stop();
});

test("a server that is not there, late or busy has a message sent again without end", async (context) => {
  const { chat } = talk();
  const answers = [silence, text("", 503), fault("TIMEOUT"), fault("RATE_LIMITED")];
  api.answer = () => (answers[api.asked.length % answers.length] as Answer)();
  chat.say("hello");
  for (let tried = 1; tried <= 40; tried++) await later(context as TestContext);
  assert.ok(contents().length > 30);
  assert.deepEqual(progress(chat.state), ["waiting"]);
  chat.stop();
});

test("what was done is not done again where only something of it could not be read", async (context) => {
  const { chat } = talk();
  const errors = [{ message: "Something went wrong", path: ["sendChatMessage", "message"], extensions: { code: "INTERNAL" } }];
  api.answer = json({ data: { sendChatMessage: { message: null, userErrors: [] } }, errors });
  chat.say("hello");
  await settled();
  await later(context as TestContext);
  assert.deepEqual(contents(), ["hello"]);
  assert.deepEqual(progress(chat.state), ["sending"]);
  chat.stop();
});

test("who asks is told whether it may be asked again", async () => {
  const accept = () => asking(null)(AcceptChat, { input: { sessionId: "s" } });
  api.answer = fault("INTERNAL");
  await assert.rejects(accept, new Broken("It was INTERNAL."));
  api.answer = fault("TIMEOUT");
  await assert.rejects(accept, new Unreachable("It was TIMEOUT."));
  api.answer = fault("NOT_FOUND");
  await assert.rejects(accept, new Refused("It was NOT_FOUND."));
});

test("a question that is answered in part is not answered", async () => {
  const errors = [{ message: "It took too long", extensions: { code: "TIMEOUT" } }];
  api.answer = json({ data: { viewer: { user: null } }, errors });
  await assert.rejects(asking(null)(DeskViewer, {}), new Unreachable("It took too long."));
});

test("a message that comes while another is marked as read is marked too", async () => {
  const { chat, hear } = talk(true);
  hear(1);
  hear(2);
  await settled();
  await settled();
  assert.deepEqual(marks(), [1, 2]);
  assert.equal(unread(chat.state), 0);
  chat.stop();
});

test("a mark that did not arrive is sent again, and one that was refused is not", async (context) => {
  const { chat, hear } = talk(true);
  api.answer = silence;
  hear(1);
  await settled();
  api.answer = fine;
  await later(context as TestContext);
  assert.deepEqual(marks(), [1, 1]);
  api.answer = fault("NOT_FOUND");
  hear(2);
  await settled();
  await later(context as TestContext);
  assert.deepEqual(marks(), [1, 1, 2]);
  chat.stop();
});

test("a mark that waits is behind as a message is, until it was sent or given up", async (context) => {
  const { chat, hear } = talk(true);
  assert.equal(chat.isBehind, false);
  api.answer = silence;
  hear(1);
  await settled();
  assert.equal(chat.isBehind, true);
  api.answer = fine;
  await later(context as TestContext);
  assert.equal(chat.isBehind, false);
  api.answer = fault("INTERNAL");
  hear(2);
  for (let tried = 1; tried <= 20; tried++) await later(context as TestContext);
  assert.equal(chat.isBehind, false);
  assert.deepEqual(marks(), [1, 1, ...Array<number>(10).fill(2)]);
  chat.stop();
});

test("what comes while a mark waits does not have it sent sooner, unless the connection is back", async (context) => {
  const { chat, hear } = talk(true);
  api.answer = fault("RATE_LIMITED");
  for (let seq = 1; seq <= 20; seq++) {
    hear(seq);
    await settled();
  }
  assert.deepEqual(marks(), [1]);
  api.answer = fine;
  await later(context as TestContext);
  assert.deepEqual(marks(), [1, 20]);
  api.answer = silence;
  hear(21);
  await settled();
  api.answer = fine;
  chat.resend();
  await settled();
  assert.deepEqual(marks(), [1, 20, 21, 21]);
  chat.stop();
});

test("what somebody says is tried at once, though something else waits to be tried again", async () => {
  const { chat } = talk();
  api.answer = silence;
  chat.say("one");
  await settled();
  api.answer = fine;
  chat.say("two");
  for (let turn = 0; turn < 5; turn++) await settled();
  assert.deepEqual(contents(), ["one", "one", "two"]);
  chat.stop();
});

test("names are made where browsers have no randomUUID, and no two are the same", () => {
  assert.match(unused(), /^[0-9a-f]{32}$/);
  assert.notEqual(unused(), unused());
});
