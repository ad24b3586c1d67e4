import assert from "node:assert/strict";
import { test } from "node:test";

import type { Client, Sink } from "graphql-ws";

import { where } from "../../src/chat/where.ts";
import { lowered } from "../../src/graphiql/fetcher.ts";
import { sentence } from "../../src/shared/ask.ts";
import { pause } from "../../src/shared/again.ts";
import { begun } from "../../src/shared/chat.ts";
import { type Following, follow, payload, problemOf } from "../../src/shared/follow.ts";
import { written } from "../../src/shared/log.ts";
import { isRefusal } from "../../src/shared/socket.ts";

/** A client that keeps what it was asked, and lets a test answer. */
function client() {
  const asked: string[] = [];
  const sinks: Sink[] = [];
  const subscribe = (message: object, sink: Sink): (() => void) => {
    asked.push(JSON.stringify(message));
    sinks.push(sink);
    return () => sink.complete();
  };
  return { asked, sinks, client: { subscribe } as unknown as Client };
}

function following(seen: { seq: number; conflicts: number; failed: string[] }): Following<{ seq: number }, { after: number }> {
  return {
    document: { query: "q", documentId: "sha256:0" },
    variables: () => ({ after: seen.seq }),
    next: ({ seq }) => (seen.seq = seq),
    conflict: () => {
      seen.conflicts += 1;
      seen.seq = 0;
    },
    failed: (problem) => seen.failed.push(problem),
  };
}

const start = () => ({ seq: 0, conflicts: 0, failed: [] as string[] });

test("a message that is sent again says how far its sender has come by then", () => {
  const seen = start();
  const message = payload(following(seen));
  assert.equal(JSON.parse(JSON.stringify(message)).variables.after, 0);
  seen.seq = 7;
  assert.equal(JSON.parse(JSON.stringify(message)).variables.after, 7);
});

test("a server that ends a subscription is asked again from where it ended", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const [seen, fake] = [start(), client()];
  follow(fake.client, following(seen));
  fake.sinks[0]?.next({ data: { seq: 5 } });
  fake.sinks[0]?.complete();
  mock.timers.tick(1000);
  assert.deepEqual(fake.asked.map((one) => JSON.parse(one).variables.after), [0, 5]);
});

test("who stops following asks no more", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const fake = client();
  follow(fake.client, following(start()))();
  mock.timers.tick(1000);
  assert.equal(fake.asked.length, 1);
});

test("a log of another epoch is forgotten and asked for from its beginning; other errors are told", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const [seen, fake] = [{ ...start(), seq: 9 }, client()];
  follow(fake.client, following(seen));
  fake.sinks[0]?.error([{ message: "no", extensions: { code: "CONFLICT" } }]);
  mock.timers.tick(1000);
  assert.deepEqual([seen.conflicts, fake.asked.length], [1, 2]);
  fake.sinks[1]?.error([{ message: "not there", extensions: { code: "NOT_FOUND" } }]);
  mock.timers.tick(1000);
  assert.deepEqual([seen.failed, fake.asked.length], [["not there"], 2]);
});

test("an answer that is an error ends it, though the server says that it is complete", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const [seen, fake] = [start(), client()];
  follow(fake.client, following(seen));
  fake.sinks[0]?.next({ data: null, errors: [{ message: "broken" } as never] });
  fake.sinks[0]?.complete();
  mock.timers.tick(1000);
  assert.deepEqual([seen.failed, fake.asked.length], [["broken"], 1]);
});

const PASSES = {
  "a database that is away": [{ message: "Something went wrong.", extensions: { code: "INTERNAL" } }],
  "too many questions": [{ message: "Too many.", extensions: { code: "RATE_LIMITED" } }],
  "a connection that broke": { code: 1011, reason: "" },
};

for (const [what, reason] of Object.entries(PASSES)) {
  test(`what was ended by ${what} is followed again from there, later and later until something comes`, ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const [seen, fake] = [start(), client()];
    follow(fake.client, following(seen));
    fake.sinks[0]?.next({ data: { seq: 5 } });
    for (const [at, longest] of [250, 500, 1000].entries()) {
      fake.sinks[at]?.error(reason);
      mock.timers.tick(longest / 2 - 1);
      assert.equal(fake.asked.length, at + 1);
      mock.timers.tick(longest);
      assert.equal(fake.asked.length, at + 2);
    }
    fake.sinks[3]?.next({ data: { seq: 6 } });
    fake.sinks[3]?.error(reason);
    mock.timers.tick(250);
    assert.deepEqual(fake.asked.map((one) => JSON.parse(one).variables.after), [0, 5, 5, 5, 6]);
    assert.deepEqual(seen.failed, []);
  });
}

test("what ended a subscription is a sentence", () => {
  assert.equal(problemOf({ code: 4403, reason: "Forbidden." }).message, "Forbidden.");
  assert.equal(problemOf(new Error("x")).message, "x");
  assert.equal(problemOf(undefined).message, "The connection ended.");
});

test("tries come later and later, and not all at once", () => {
  assert.deepEqual([0, 1, 2, 20].map((retry) => pause(retry, 1)), [250, 500, 1000, 30_000]);
  assert.equal(pause(0, 0), 125);
  assert.deepEqual([isRefusal({ code: 4403 }), isRefusal({ code: 1012 }), isRefusal(null)], [true, false, false]);
});

test("headers are keys in small letters, complaints and writers are sentences", () => {
  assert.deepEqual(lowered({ Authorization: "Bearer x" }), { authorization: "Bearer x" });
  assert.equal(sentence({ message: "Sign in first" }), "Sign in first.");
  assert.equal(sentence({ message: "rating must be from 1 to 5." }), "rating must be from 1 to 5.");
  assert.deepEqual([written([]), written(["A"]), written(["A", "B"])], ["", "A is typing…", "A and B are typing…"]);
});

test("a visitor reads where the chat stands", () => {
  const state = begun("VISITOR");
  assert.equal(where(state, { position: 2, expectedWaitSeconds: 90, onlineAgents: 1 }), "You are number 2 in the queue, about 2 min (1 person is here)");
  assert.equal(where({ ...state, status: "ACTIVE", agent: "Ana" }), "Ana is here");
});
