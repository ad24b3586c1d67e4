/** A visitor's chat that goes on, or is over. */
import type { Client } from "graphql-ws";

import { type Ask, asking, granted } from "../shared/ask.ts";
import { banner } from "../shared/banner.ts";
import { type ChatState, isOver, unread } from "../shared/chat.ts";
import { composer } from "../shared/composer.ts";
import { Conversation } from "../shared/conversation.ts";
import { ChatQueue, EndChat, RateChat, ReopenChat } from "../shared/documents.ts";
import { h, say } from "../shared/dom.ts";
import { logView } from "../shared/log.ts";
import { connected, type Link } from "../shared/socket.ts";
import type { Kept } from "./kept.ts";
import { ratingForm } from "./rating.ts";
import { where } from "./where.ts";

const LOOK = 5000;

export class ChatWindow {
  readonly element: HTMLElement;
  private readonly sessionId: string;
  private readonly ask: Ask;
  private readonly leave: () => void;
  private readonly client: Client;
  private readonly chat: Conversation;
  private readonly links = banner("This chat does not open any more.");
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly status = h("p", { class: "presence", role: "status" });
  private readonly log = logView("Messages");
  private readonly writing = composer("Your message", (text) => this.chat.say(text), () => this.chat.types());
  private readonly end = this.button("End the chat", () => this.act(() => this.ended()));
  private readonly rating = ratingForm((stars, feedback) => this.rated(stars, feedback));
  private readonly goOn = this.button("Go on with this chat", () => this.act(() => this.reopened()));
  private readonly another = this.button("Start another chat", () => this.stop());
  private readonly over = h("div", { class: "over" }, [
    this.rating.element,
    this.goOn,
    this.another,
  ]);
  /** Whether the chat can be followed no more: its token is too old, or it is not there. */
  private isShut = false;
  private link: Link = "connecting";
  private readonly looking = setInterval(() => this.look(), LOOK);
  private readonly seen = (): void => this.chat.seen();

  /** The window of a chat; `leave` is called when the visitor wants to begin another. */
  constructor({ sessionId, token, title }: Kept, leave: () => void) {
    this.sessionId = sessionId;
    this.leave = leave;
    this.ask = asking(token);
    this.client = connected(location, token, (link) => this.linked(link));
    const { ask, client } = this;
    const changed = (state: ChatState): void => this.show(state);
    const failed = (text: string): void => this.shut(text);
    this.chat = new Conversation({ sessionId, side: "VISITOR", me: null, ask, client, changed, failed });
    const head = h("header", {}, [h("div", {}, [h("h2", {}, [title]), this.status]), this.end]);
    const parts = [head, this.links.element, this.log.element, this.problem, this.writing.element, this.over];
    this.element = h("section", { class: "window", "aria-label": "Chat" }, parts);
  }

  start(): void {
    window.addEventListener("focus", this.seen);
    this.show(this.chat.state);
    this.chat.start();
    this.look();
  }

  private stop(): void {
    clearInterval(this.looking);
    window.removeEventListener("focus", this.seen);
    this.chat.stop();
    void this.client.dispose();
    this.leave();
  }

  private linked(link: Link): void {
    this.link = link;
    this.links.show(link);
    if (link === "connected") this.chat.resend();
  }

  /** The chat does not open: all that is left is to begin another. */
  private shut(problem: string): void {
    this.isShut = true;
    this.another.className = "main";
    say(this.problem, this.link === "refused" ? "" : problem); // the banner says it in words for visitors
    this.show(this.chat.state);
  }

  private show(state: ChatState): void {
    const count = unread(state);
    document.title = count ? `(${count}) Agora: chat` : "Agora: chat";
    say(this.status, this.isShut ? "" : where(state));
    this.over.hidden = !isOver(state) && !this.isShut;
    this.writing.element.hidden = this.end.hidden = isOver(state) || this.isShut;
    this.goOn.hidden = this.rating.element.hidden = this.isShut;
    this.rating.show(state.rating);
    this.log.show(state);
    if (document.hasFocus() && document.visibilityState === "visible") this.chat.seen();
  }

  /** How long it may take until somebody answers, for who waits. */
  private look(): void {
    const { status } = this.chat.state;
    if (this.isShut || (status !== "QUEUED" && status !== "WAITING")) return;
    this.ask(ChatQueue, { sessionId: this.sessionId })
      .then(({ chatQueue }) => say(this.status, where(this.chat.state, chatQueue)))
      .catch(() => undefined); // it is asked again soon
  }

  private async ended(): Promise<void> {
    granted((await this.ask(EndChat, { input: { sessionId: this.sessionId } })).endChat);
  }

  private async reopened(): Promise<void> {
    granted((await this.ask(ReopenChat, { input: { sessionId: this.sessionId } })).reopenChat);
  }

  private async rated(rating: number, feedback: string): Promise<void> {
    const input = { sessionId: this.sessionId, rating, feedback: feedback || null };
    granted((await this.ask(RateChat, { input })).rateChat);
  }

  private act(step: () => Promise<void>): void {
    say(this.problem, "");
    step().catch((error: Error) => say(this.problem, error.message));
  }

  private button(text: string, act: () => void): HTMLButtonElement {
    return h("button", { type: "button" }, [text], { click: act });
  }
}
