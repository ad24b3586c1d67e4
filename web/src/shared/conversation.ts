/** One chat that is followed: its state, and what is done in it. Knows the API, and nothing of the page. */
import type { Client } from "graphql-ws";

import type { SendChatMessageInput } from "../gql/types.ts";
import { Again, Patience } from "./again.ts";
import { type Ask, granted, Unreachable } from "./ask.ts";
import { begun, type ChatState, type Event, reduce, type Side, unread } from "./chat.ts";
import { ChatEvents, MarkChatRead, SendChatMessage, SetTyping } from "./documents.ts";
import { follow } from "./follow.ts";
import { unused } from "./names.ts";

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
  /** What was said and not yet answered, oldest first: it is sent one after the other, so that the log has that order. */
  private readonly unsent: SendChatMessageInput[] = [];
  private readonly sending = new Again(() => this.sendAll());
  private readonly patience = { message: new Patience(), mark: new Patience() };
  /** Up to where this side has read, as long as the API was not told; else 0. */
  private toMark = 0;
  private readonly marking = new Again(() => this.mark());
  private typing = { said: 0, isInternal: false, idle: undefined as ReturnType<typeof setTimeout> | undefined };

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
        conflict: () => {
          this.toMark = 0; // a number of the other log
          this.take({ kind: "anew" });
        },
        failed,
      }),
    );
    const ticking = setInterval(() => this.take({ kind: "tick", now: Date.now() }), TICK);
    this.stops.push(() => clearInterval(ticking));
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.sending.stop();
    this.marking.stop();
    clearTimeout(this.typing.idle);
  }

  /** Whether the API was not told yet of something that was said or read here. */
  get isBehind(): boolean {
    return this.unsent.length > 0 || this.toMark > 0;
  }

  /** Say something: it shows at once, and is sent until the API has answered. */
  say(text: string, isInternal = false, cannedResponseId: string | null = null): void {
    const { sessionId } = this.place;
    const clientId = unused();
    this.quiet();
    this.unsent.push({ sessionId, content: text, clientMessageId: clientId, isInternal, cannedResponseId });
    this.take({ kind: "said", clientId, text, isInternal, at: new Date().toISOString() });
    this.sending.now();
  }

  /** The connection is back: send what could not be sent, without waiting any longer. */
  resend(): void {
    if (this.unsent.length) this.sending.hurry();
    if (this.toMark) this.marking.hurry();
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
    if (unread(this.state) === 0) return;
    this.toMark = this.state.seq;
    this.take({ kind: "read", seq: this.toMark });
    this.marking.go();
  }

  private take(event: Event): void {
    const before = this.state;
    this.state = reduce(before, event);
    if (this.state === before) return;
    this.place.changed(this.state);
  }

  private async sendAll(): Promise<void> {
    for (let input = this.unsent[0]; input; input = this.unsent[0]) {
      await this.send(input);
      this.unsent.shift();
      this.patience.message.renew();
    }
  }

  /** A message that is sent again carries the same name, so nothing is said twice. */
  private async send(input: SendChatMessageInput): Promise<void> {
    try {
      granted((await this.place.ask(SendChatMessage, { input })).sendChatMessage);
    } catch (error) {
      if (this.patience.message.bears(error)) {
        for (const { clientMessageId: clientId } of this.unsent) this.take({ kind: "progress", clientId, progress: "waiting" });
        throw error;
      }
      const problem = error instanceof Unreachable ? "This could not be sent." : (error as Error).message;
      this.take({ kind: "progress", clientId: input.clientMessageId, progress: "refused", problem });
    }
  }

  private async mark(): Promise<void> {
    const { ask, sessionId } = this.place;
    const seq = this.toMark;
    if (seq === 0) return;
    await ask(MarkChatRead, { input: { sessionId, seq } }).catch((error: unknown) => {
      if (this.patience.mark.bears(error)) throw error; // a refusal would be the same again
    });
    this.patience.mark.renew();
    if (this.toMark === seq) this.toMark = 0;
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
