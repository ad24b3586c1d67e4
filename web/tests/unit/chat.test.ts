import assert from "node:assert/strict";
import { test } from "node:test";

import { begun, type ChatState, type Event, firstUnread, isOver, reduce, TYPING_LASTS, type Update, unread, writers } from "../../src/shared/chat.ts";

type Of<Name> = Extract<Update, { __typename: Name }>;

const AT = "2026-03-01T10:00:00+00:00";
const said = (id: string, senderType: "VISITOR" | "AGENT" | "AI", content: string, more = {}) => ({
  id,
  senderType,
  senderName: senderType === "VISITOR" ? "Vera" : "Ana",
  content,
  isInternal: false,
  attachmentUrl: null,
  attachmentName: null,
  editedAt: null,
  redactedAt: null,
  readAt: null,
  createdAt: AT,
  ...more,
});
const entry = { createdAt: AT, payload: {}, actor: { id: "p1", name: "Ana", lastReadSeq: "0" } };
const sent = (seq: number, senderType: "VISITOR" | "AGENT", content: string, clientMessageId: string | null = null): Of<"ChatMessageSent"> => ({
  ...entry,
  __typename: "ChatMessageSent",
  seq,
  type: "MESSAGE_SENT",
  actorType: senderType,
  clientMessageId,
  message: said(`m${seq}`, senderType, content),
});
const happened = (seq: number, name: "Queued" | "Assigned" | "Ended" | "Joined", payload = {}): Update =>
  ({ ...entry, __typename: `Chat${name}`, seq, type: name.toUpperCase(), actorType: "AGENT", payload }) as Update;

/** The state after updates, from the side of a visitor unless another is given. */
function after(updates: Update[], state: ChatState = begun("VISITOR")): ChatState {
  return updates.reduce((before, update) => reduce(before, { kind: "update", update, now: 0 }), state);
}

const texts = (state: ChatState): (string | null)[] => state.lines.map((line) => line.text);

test("what is sent again is known by its number", () => {
  const once = after([sent(1, "VISITOR", "a"), sent(2, "AGENT", "b")]);
  assert.deepEqual(texts(after([sent(1, "VISITOR", "a"), sent(2, "AGENT", "b"), sent(3, "AGENT", "c")], once)), ["a", "b", "c"]);
});

test("a message shows at once, and the log's own takes its place", () => {
  let state = reduce(begun("VISITOR"), { kind: "said", clientId: "c1", text: "hello", isInternal: false, at: AT });
  assert.equal(state.lines[0]?.kind === "message" && state.lines[0].progress, "sending");
  state = after([sent(1, "AGENT", "hi"), sent(2, "VISITOR", "hello", "c1")], state);
  assert.deepEqual(texts(state), ["hi", "hello"]);
  assert.equal(state.lines[1]?.kind === "message" && state.lines[1].progress, "sent");
});

test("entries that come meanwhile stand before what the log does not have yet", () => {
  const state = reduce(begun("VISITOR"), { kind: "said", clientId: "c1", text: "mine", isInternal: false, at: AT });
  assert.deepEqual(texts(after([sent(1, "AGENT", "theirs")], state)), ["theirs", "mine"]);
});

test("what could not be sent waits until the log has it", () => {
  let state = reduce(begun("VISITOR"), { kind: "said", clientId: "c1", text: "hello", isInternal: false, at: AT });
  state = reduce(state, { kind: "progress", clientId: "c1", progress: "waiting" });
  assert.equal(state.lines[0]?.kind === "message" && state.lines[0].progress, "waiting");
  state = after([sent(1, "VISITOR", "hello", "c1")], state);
  assert.equal(state.lines[0]?.kind === "message" && state.lines[0].progress, "sent");
  assert.deepEqual(texts(state), ["hello"]);
});

test("messages of others are unread until this side has read them", () => {
  let state = after([sent(1, "VISITOR", "a"), sent(2, "AGENT", "b"), sent(3, "AGENT", "c")]);
  assert.deepEqual([unread(state), firstUnread(state)], [2, 2]);
  state = reduce(state, { kind: "read", seq: 3 });
  assert.deepEqual([unread(state), firstUnread(state)], [0, null]);
  assert.equal(unread(after([sent(4, "AGENT", "d")], state)), 1);
});

test("what this side read elsewhere is read here too, and what the other side read has two ticks", () => {
  const read = (seq: number, actorType: "VISITOR" | "AGENT", upTo: string): Update => ({
    ...entry,
    __typename: "ChatMessagesRead",
    seq,
    type: "MESSAGES_READ",
    actorType,
    payload: { upTo, readAt: AT },
    actor: { id: "p2", name: "Ana", lastReadSeq: "1" },
  });
  const state = after([sent(1, "AGENT", "a"), read(2, "VISITOR", "m1"), sent(3, "VISITOR", "b"), sent(4, "VISITOR", "c"), read(5, "AGENT", "m3")]);
  assert.equal(unread(state), 0);
  const progress = state.lines.map((line) => line.kind === "message" && line.progress);
  assert.deepEqual(progress, ["sent", "read", "sent"]);
  const colleague = after([sent(1, "VISITOR", "a"), read(2, "AGENT", "m1")], begun("STAFF", "Bo"));
  assert.deepEqual([unread(colleague), unread(after([sent(1, "VISITOR", "a"), read(2, "AGENT", "m1")], begun("STAFF", "Ana")))], [1, 0]);
});

test("who writes is shown until they stop, send, or say nothing more of it", () => {
  const typing = (isTyping: boolean, actorType: "AGENT" | "VISITOR" = "AGENT"): Update => ({ __typename: "ChatTyping", actorType, name: "Ana", isTyping, isInternal: false, participantId: "p1" });
  assert.deepEqual(writers(after([typing(true)])), ["Ana"]);
  assert.deepEqual(writers(after([typing(true, "VISITOR")])), []);
  assert.deepEqual(writers(after([typing(true)], begun("STAFF", "Ana"))), []);
  assert.deepEqual(writers(after([typing(true), typing(false)])), []);
  assert.deepEqual(writers(after([typing(true), sent(1, "AGENT", "a")])), []);
  assert.deepEqual(writers(reduce(after([typing(true)]), { kind: "tick", now: TYPING_LASTS + 1 })), []);
});

const part = (index: number, text: string, isDone = false): Update => ({ __typename: "ChatAnswering", draftId: "d", index, text, isDone });

test("the parts of an answer are put together without holes, and the message takes their place", () => {
  assert.equal(after([part(0, "He"), part(1, "llo"), part(3, "!")]).drafts["d"]?.text, "Hello");
  assert.deepEqual(after([part(0, "He"), part(1, "", true)]).drafts, {});
  const answer = { ...sent(1, "AGENT", "Hello"), actorType: "AI", message: said("m1", "AI", "Hello") } as Update;
  assert.deepEqual(after([part(0, "He"), answer]).drafts, {});
});

test("another attempt at an answer has nothing of the one before", () => {
  const broken = after([part(0, "We open at nine. "), part(1, "On Sundays never.")]);
  assert.equal(after([part(0, "Sorry, "), part(1, "I do not know.")], broken).drafts["d"]?.text, "Sorry, I do not know.");
});

test("a draft whose end was missed is gone when all that was missed has come, or a person is there", () => {
  const draft = after([part(0, "One moment")]);
  assert.deepEqual(after([{ __typename: "ChatCaughtUp", seq: 1, epoch: 1 }], draft).drafts, {});
  assert.deepEqual(after([happened(1, "Assigned")], draft).drafts, {});
});

test("an edited message has its new words, and one that was taken out has none", () => {
  const edited = { ...sent(2, "AGENT", ""), __typename: "ChatMessageEdited", type: "MESSAGE_EDITED", message: said("m1", "AGENT", "b", { editedAt: AT }) } as Update;
  const redacted = { ...sent(3, "AGENT", ""), __typename: "ChatMessageRedacted", type: "MESSAGE_REDACTED", message: said("m1", "AGENT", "", { content: null, redactedAt: AT }) } as Update;
  assert.deepEqual(texts(after([sent(1, "AGENT", "a"), edited])), ["b"]);
  const [line] = after([sent(1, "AGENT", "a"), edited, redacted]).lines;
  assert.deepEqual(line?.kind === "message" && [line.text, line.isRedacted], [null, true]);
});

test("the log says where the chat stands", () => {
  const active = after([happened(1, "Queued"), happened(2, "Assigned", { status: { old: "QUEUED", new: "ACTIVE" } })]);
  assert.deepEqual([active.status, active.agent, isOver(active)], ["ACTIVE", "Ana", false]);
  assert.equal(isOver(after([happened(3, "Ended")], active)), true);
});

test("a log of another epoch is read anew, and what was not sent is kept", () => {
  const event: Event = { kind: "said", clientId: "c1", text: "mine", isInternal: false, at: AT };
  const state = reduce(reduce(after([sent(1, "AGENT", "a")]), event), { kind: "anew" });
  assert.deepEqual([state.seq, state.epoch, texts(state)], [0, null, ["mine"]]);
});
