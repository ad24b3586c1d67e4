import assert from "node:assert/strict";
import { test } from "node:test";

import { targets } from "../../src/desk/dialogs.ts";
import { ago, type Chat, colleagues, EMPTY, type Person, piles, reduce, skills } from "../../src/desk/state.ts";

const chat = (id: string, status: Chat["status"], agent: string | null, queuedAt: string | null = null): Chat => ({
  id,
  status,
  subject: null,
  startedAt: `2026-03-01T10:00:0${id.at(-1)}+00:00`,
  queuedAt,
  lastActivityAt: "2026-03-01T10:00:00+00:00",
  messageCount: 1,
  visitor: { name: "Vera" },
  assignedAgent: agent ? { id: agent, name: agent } : null,
  aiAgent: { id: "ai", name: "Iris" },
});
const person = (id: string, status: Person["status"], skills: string[] = []): Person => ({ id, name: id, status, skills, currentChatCount: "0", maxConcurrentChats: 3 });
const sessions = [chat("c1", "ACTIVE", "ana"), chat("c2", "OFFERED", "ana"), chat("c4", "QUEUED", null), chat("c3", "WAITING", null), chat("c5", "ACTIVE", "bo")];
const desk = reduce(EMPTY, { __typename: "DeskSnapshot", sessions, agents: [person("bo", "AWAY", ["refund"]), person("ana", "ONLINE", ["stock", "refund"]), person("cy", "OFFLINE")] });
const ids = (chats: Chat[]): string[] => chats.map((one) => one.id);

test("chats are in piles, whoever waits longest first", () => {
  const { offered, mine, waiting, others } = piles(desk, "ana");
  assert.deepEqual([ids(offered), ids(mine), ids(waiting), ids(others)], [["c2"], ["c1"], ["c3", "c4"], ["c5"]]);
  assert.deepEqual(ids(piles(desk, null).mine), []);
});

test("a chat that changed moves, one that is gone goes, and a snapshot is all there is", () => {
  const taken = reduce(desk, { __typename: "DeskChatChanged", session: chat("c4", "ACTIVE", "ana") });
  assert.deepEqual(ids(piles(taken, "ana").mine), ["c1", "c4"]);
  assert.deepEqual(ids(piles(reduce(taken, { __typename: "DeskChatGone", sessionId: "c1" }), "ana").mine), ["c4"]);
  assert.deepEqual(piles(reduce(taken, { __typename: "DeskSnapshot", sessions: [], agents: [] }), "ana").mine, []);
});

test("people come and go", () => {
  const back = reduce(desk, { __typename: "DeskAgentChanged", agent: person("bo", "ONLINE") });
  assert.deepEqual(colleagues(back).map((one) => one.id), ["ana", "bo", "cy"]);
  assert.deepEqual(colleagues(reduce(back, { __typename: "DeskAgentGone", agentId: "ana" })).map((one) => one.id), ["bo", "cy"]);
  assert.deepEqual(skills(desk), ["refund", "stock"]);
});

test("a chat is handed to others who are there, to a skill, or back to its AI agent", () => {
  assert.deepEqual(targets(desk, sessions[0] as Chat, "ana").map(([, target]) => target), [{ chatAgentId: "bo" }, { skill: "refund" }, { skill: "stock" }, { aiAgentId: "ai" }]);
});

test("times are told in the unit that people would choose", () => {
  const at = Date.parse("2026-03-01T10:00:00Z");
  const told = [5, 65, 7200].map((seconds) => ago("2026-03-01T10:00:00+00:00", at + seconds * 1000));
  assert.deepEqual(told, ["5 s", "1 min", "2 h"]);
});
