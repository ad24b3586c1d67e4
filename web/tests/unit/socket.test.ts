import assert from "node:assert/strict";
import { test } from "node:test";

import { connected, type Link } from "../../src/shared/socket.ts";

/** A WebSocket whose other end is the test: it answers the beginning, and nothing else. */
class Line {
  static readonly OPEN = 1;
  static all: Line[] = [];
  readyState = Line.OPEN;
  sent: string[] = [];
  closings: number[] = [];
  onopen = (): void => undefined;
  onmessage = (_: { data: string }): void => undefined;
  onclose = (_: { code: number; reason: string }): void => undefined;

  constructor() {
    Line.all.push(this);
    setImmediate(() => {
      this.onopen();
      this.onmessage({ data: '{"type":"connection_ack"}' });
    });
  }

  send(message: string): void {
    this.sent.push((JSON.parse(message) as { type: string }).type);
  }

  close(code: number): void {
    this.closings.push(code);
  }
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(() => setImmediate(done)));

test("a connection that broke while it was asked for a sign of life does not end the next one", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { WebSocket: Line });
  const links: Link[] = [];
  const client = connected(new URL("http://shop.test/demo/chat") as unknown as Location, "token", (link) => links.push(link));
  client.subscribe({ query: "" }, { next: () => undefined, error: assert.fail, complete: () => undefined });
  await settled();
  mock.timers.tick(10_000);
  assert.deepEqual(Line.all[0]?.sent, ["connection_init", "subscribe", "ping"]);

  Line.all[0]?.onclose({ code: 1006, reason: "" });
  await settled();
  mock.timers.tick(4000);
  await settled();
  assert.deepEqual(links, ["connected", "lost", "connected"]);
  mock.timers.tick(5000);
  assert.deepEqual(Line.all[1]?.closings, []);

  for (const wait of [5000, 5000]) mock.timers.tick(wait);
  assert.deepEqual(Line.all[1]?.closings, [4499]); // it did not answer its own ping
});
