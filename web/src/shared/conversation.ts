/** One chat that is followed: its state, and what is done in it. Knows the API, and nothing of the page. */
import type { Client } from "graphql-ws";

import { type Ask, granted, Refused, Unreachable } from "./ask.ts";
import { begun, type ChatState, type Event, reduce, type Side, unread, unsent } from "./chat.ts";
import { ChatEvents, MarkChatRead, SendChatMessage, SetTyping } from "./documents.ts";
import { follow } from "./follow.ts";

const [SAY_AGAIN, IDLE, TICK] = [3000, 4000, 1000];

export interface Place {
  sessionId: string;
  side: Side;
  /** What the others see whoever writes here called. */
  me: string | null;
  ask: Ask;
  client: Client;
  changed: (state: ChatState) => void;
  failed: (problem: string) => void;
}

export class Conversation {
  state: ChatState;
  private readonly place: Place;
  private readonly stops: (() => void)[] = [];
  private readonly cannedOf = new Map<string, string>();
  private typing = { said: 0, isInternal: false, idle: undefined as ReturnType<typeof setTimeout> | undefined };
  private isMarking = false;

  constructor(place: Place) {
    this.place = place;
    this.state = begun(place.side, place.me);
  }

  /** Follow the chat from its beginning, until `stop`. */
  start(): void {
    const { client, sessionId, failed } = this.place;
    this.stops.push(
      follow(client, {
        document: ChatEvents,
        variables: () => ({ sessionId, after: this.state.seq, epoch: this.state.epoch }),
        next: ({ chatEvents }) => this.take({ kind: "update", update: chatEvents, now: Date.now() }),
        conflict: () => this.take({ kind: "anew" }),
        failed,
      }),
    );
    const ticking = setInterval(() => this.take({ kind: "tick", now: Date.now() }), TICK);
    this.stops.push(() => clearInterval(ticking));
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    clearTimeout(this.typing.idle);
  }

  /** Say something: it shows at once, and is sent until the log has it. */
  say(text: string, isInternal = false, cannedResponseId?: string): void {
    const clientId = crypto.randomUUID();
    if (cannedResponseId) this.cannedOf.set(clientId, cannedResponseId);
    this.quiet();
    this.take({ kind: "said", clientId, text, isInternal, at: new Date().toISOString() });
    void this.send(clientId, text, isInternal);
  }

  /** The connection is back: send what could not be sent. It carries the same name, so nothing is said twice. */
  resend(): void {
    for (const { clientId, text, isInternal } of unsent(this.state)) {
      if (clientId && text) void this.send(clientId, text, isInternal);
    }
  }

  /** Somebody types: tell the others, but not at every key. */
  types(isInternal = false): void {
    const now = Date.now();
    clearTimeout(this.typing.idle);
    this.typing.idle = setTimeout(() => this.quiet(), IDLE);
    if (now - this.typing.said < SAY_AGAIN) return;
    this.typing = { ...this.typing, said: now, isInternal };
    this.tell(true);
  }

  /** All that is there has been seen: say so, once for all that is new. */
  seen(): void {
    const { seq } = this.state;
    if (this.isMarking || unread(this.state) === 0) return;
    this.isMarking = true;
    this.take({ kind: "read", seq });
    const { ask, sessionId } = this.place;
    ask(MarkChatRead, { input: { sessionId, seq } })
      .catch(() => undefined) // it is said again with the next message
      .finally(() => {
        this.isMarking = false;
      });
  }

  private take(event: Event): void {
    const before = this.state;
    this.state = reduce(before, event);
    if (this.state === before) return;
    this.place.changed(this.state);
  }

  private async send(clientId: string, content: string, isInternal: boolean): Promise<void> {
    this.take({ kind: "progress", clientId, progress: "sending" });
    const { ask, sessionId } = this.place;
    const canned = this.cannedOf.get(clientId);
    const input = { sessionId, content, clientMessageId: clientId, isInternal, cannedResponseId: canned ?? null };
    try {
      granted((await ask(SendChatMessage, { input })).sendChatMessage);
    } catch (error) {
      const problem = error instanceof Refused ? error.message : null;
      if (problem === null && !(error instanceof Unreachable)) throw error;
      this.take({ kind: "progress", clientId, progress: problem ? "refused" : "waiting", ...(problem ? { problem } : {}) });
    }
  }

  private quiet(): void {
    clearTimeout(this.typing.idle);
    if (this.typing.said === 0) return;
    this.typing.said = 0;
    this.tell(false);
  }

  private tell(isTyping: boolean): void {
    const { ask, sessionId } = this.place;
    const input = { sessionId, isTyping, isInternal: this.typing.isInternal };
    ask(SetTyping, { input }).catch(() => undefined); // it passes anyway
  }
}
