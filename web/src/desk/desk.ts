/** The desk of somebody who is signed in: follows its chats, and each that is theirs or open. */
import type { Client } from "graphql-ws";

import type { ChatAgentStatus, DeskViewerQuery } from "../gql/types.ts";
import { type Ask, granted } from "../shared/ask.ts";
import { banner } from "../shared/banner.ts";
import { type ChatState, unread } from "../shared/chat.ts";
import { Conversation } from "../shared/conversation.ts";
import { AcceptChat, DeclineChat, Desk as AtHand, DeskEvents, SetPresence } from "../shared/documents.ts";
import { h, say } from "../shared/dom.ts";
import { follow } from "../shared/follow.ts";
import { connected, type Link } from "../shared/socket.ts";
import { deskLists } from "./lists.ts";
import { type Canned, Pane } from "./pane.ts";
import { type Chat, type DeskUpdate, EMPTY, piles, reduce } from "./state.ts";

const [SIGN_OF_LIFE, TICK] = [10_000, 5000];
const STATUSES: ChatAgentStatus[] = ["ONLINE", "AWAY", "BUSY", "OFFLINE"];

type User = NonNullable<DeskViewerQuery["viewer"]["user"]>;
export interface Seat {
  token: string;
  ask: Ask;
  user: User;
  business: { id: string; name: string };
}

interface Open {
  talk: Conversation;
  pane: Pane;
}

export class Desk {
  readonly element = h("div", { class: "desk" });
  private readonly seat: Seat;
  private readonly client: Client;
  private readonly links = banner("You are signed in no more. Load this page again.");
  private readonly lists = deskLists({
    open: (chat) => this.open(chat),
    accept: (chat) => this.act(async () => granted((await this.seat.ask(AcceptChat, { input: { sessionId: chat.id } })).acceptChat), () => this.open(chat)),
    decline: (chat) => this.act(async () => granted((await this.seat.ask(DeclineChat, { input: { sessionId: chat.id } })).declineChat)),
  });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  /** What stays under the head: why one may only look on, or sees nothing new. */
  private lasting = "";
  private readonly nothing = h("p", { class: "empty" }, ["Choose a chat."]);
  private readonly main = h("main", {}, [this.nothing]);
  private readonly presence: HTMLSelectElement;
  private state = EMPTY;
  private me: { id: string; name: string } | null = null;
  private canned: readonly Canned[] = [];
  private shown: string | null = null;
  private readonly opened = new Map<string, Open>();

  constructor(seat: Seat) {
    this.seat = seat;
    this.client = connected(location, seat.token, (link) => this.linked(link));
    const options = STATUSES.map((status) => h("option", { value: status }, [status.toLowerCase()]));
    this.presence = h("select", { "aria-label": "Your presence" }, options, { change: () => this.say() });
    const head = h("header", { class: "top" }, [h("h1", {}, [seat.business.name]), h("span", {}, [seat.user.firstName]), this.presence]);
    const aside = h("aside", {}, [head, this.links.element, this.problem, this.lists.element]);
    this.element.append(aside, this.main);
    window.addEventListener("focus", () => this.seen());
  }

  async start(): Promise<void> {
    const businessId = this.seat.business.id;
    const { chatAgents, cannedResponses } = await this.seat.ask(AtHand, { businessId, userId: this.seat.user.id });
    this.me = chatAgents.nodes[0] ?? null;
    const isFor = (one: Canned): boolean => one.chatAgent === null || one.chatAgent.id === this.me?.id;
    this.canned = cannedResponses.nodes.filter((one): one is Canned => one !== null && isFor(one));
    this.presence.value = chatAgents.nodes[0]?.status ?? "OFFLINE";
    this.presence.disabled = this.me === null;
    if (!this.me) this.lasts("You may look on, but you are not one of those who answer.");
    follow(this.client, {
      document: DeskEvents,
      variables: () => ({ businessId }),
      next: ({ deskEvents }) => this.take(deskEvents),
      failed: (text) => this.lasts(text),
    });
    setInterval(() => this.say(), SIGN_OF_LIFE);
    setInterval(() => this.show(), TICK);
    this.say();
  }

  /** Say whether one is there; again and again, as a sign of life. */
  private say(): void {
    const status = this.presence.value as ChatAgentStatus;
    if (!this.me || (status === "OFFLINE" && this.mine()?.status === "OFFLINE")) return;
    const input = { businessId: this.seat.business.id, status };
    this.act(async () => granted((await this.seat.ask(SetPresence, { input })).setPresence));
  }

  private mine() {
    return this.me ? this.state.people[this.me.id] : undefined;
  }

  private take(update: DeskUpdate): void {
    this.state = reduce(this.state, update);
    for (const chat of piles(this.state, this.me?.id ?? null).mine) this.followed(chat);
    this.forget();
    this.show();
  }

  private linked(link: Link): void {
    this.links.show(link);
    if (link === "connected") for (const { talk } of this.opened.values()) talk.resend();
  }

  /** A chat that is followed, from now on if it was not. */
  private followed(chat: Chat): Open {
    const known = this.opened.get(chat.id);
    if (known) return known;
    const { ask } = this.seat;
    const talk = new Conversation({
      sessionId: chat.id,
      side: "STAFF",
      me: this.me?.name ?? null,
      ask,
      client: this.client,
      changed: (state) => this.changed(chat.id, state),
      failed: (text) => pane.failed(text),
    });
    const desk = () => ({ state: this.state, me: this.me?.id ?? null });
    const pane = new Pane({ chat, talk, ask, canned: this.canned, desk, back: () => this.close() });
    const made = { talk, pane };
    this.opened.set(chat.id, made);
    talk.start();
    return made;
  }

  /** Follow no longer what nobody here looks at: the server follows so many for one connection, and no more. */
  private forget(): void {
    const kept = new Set(piles(this.state, this.me?.id ?? null).mine.map((chat) => chat.id));
    for (const [id, { talk, pane }] of this.opened) {
      if (kept.has(id) || id === this.shown || talk.isBehind || (id in this.state.chats && pane.isWrittenIn)) continue;
      talk.stop();
      this.opened.delete(id);
    }
  }

  private open(chat: Chat): void {
    const { pane, talk } = this.followed(chat);
    this.shown = chat.id;
    this.element.dataset["open"] = "";
    this.main.replaceChildren(pane.element);
    pane.show(talk.state);
    pane.focus();
    this.seen();
    this.forget();
    this.show();
  }

  private close(): void {
    const left = this.shown;
    this.shown = null;
    delete this.element.dataset["open"];
    this.main.replaceChildren(this.nothing);
    this.forget();
    this.show();
    if (left) this.lists.focus(left);
  }

  private changed(id: string, state: ChatState): void {
    if (id === this.shown) {
      this.opened.get(id)?.pane.show(state);
      this.seen();
    }
    this.show();
  }

  private seen(): void {
    if (this.shown && document.hasFocus()) this.opened.get(this.shown)?.talk.seen();
  }

  private show(): void {
    const count = (chat: { id: string }): number => {
      const open = this.opened.get(chat.id);
      return open ? unread(open.talk.state) : 0;
    };
    this.lists.show({ state: this.state, me: this.me?.id ?? null, open: this.shown, unread: count, now: Date.now() });
    const { offered, mine } = piles(this.state, this.me?.id ?? null);
    const news = offered.length + mine.reduce((sum, chat) => sum + count(chat), 0);
    document.title = news ? `(${news}) Agora: desk` : "Agora: desk";
  }

  private lasts(problem: string): void {
    this.lasting = problem;
    say(this.problem, problem);
  }

  private act(step: () => Promise<unknown>, then: () => void = () => undefined): void {
    step().then(
      () => {
        say(this.problem, this.lasting);
        then();
      },
      (error: Error) => say(this.problem, error.message),
    );
  }
}
