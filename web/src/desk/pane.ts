/** One chat at the desk: what was said, and what can be done. */
import type { DeskQuery } from "../gql/types.ts";
import { type Ask, granted } from "../shared/ask.ts";
import { type ChatState, isOver } from "../shared/chat.ts";
import { type Composer, composer } from "../shared/composer.ts";
import type { Conversation } from "../shared/conversation.ts";
import { EndChat, FillCannedResponse, TransferChat } from "../shared/documents.ts";
import { h, say } from "../shared/dom.ts";
import { type LogView, logView } from "../shared/log.ts";
import { askEnd, askTransfer, targets } from "./dialogs.ts";
import { caption } from "./lists.ts";
import type { Chat, DeskState } from "./state.ts";

export type Canned = NonNullable<DeskQuery["cannedResponses"]["nodes"][number]>;

export interface PaneOf {
  chat: Chat;
  talk: Conversation;
  ask: Ask;
  canned: readonly Canned[];
  /** The desk as it is now, and whose place it is. */
  desk: () => { state: DeskState; me: string | null };
  back: () => void;
}

export class Pane {
  readonly element: HTMLElement;
  private readonly of: PaneOf;
  private readonly log: LogView;
  private readonly writing: Composer;
  private readonly isNote = h("input", { type: "checkbox" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly status = h("p", { class: "presence", role: "status" });
  private readonly tools: HTMLElement;
  private cannedId: string | undefined;

  constructor(of: PaneOf) {
    this.of = of;
    this.log = logView(`Messages of ${caption(of.chat)}`);
    this.writing = composer("Your answer", (text) => this.send(text), () => of.talk.types(this.isNote.checked));
    this.tools = h("div", { class: "tools" }, [
      this.prepared(),
      h("label", { class: "note" }, [this.isNote, "Note for staff only"]),
      this.button("Hand on", () => this.transfer()),
      this.button("End", () => this.end()),
    ]);
    const back = h("button", { type: "button", class: "back" }, ["Back"], { click: of.back });
    const head = h("header", {}, [back, h("div", {}, [h("h2", {}, [caption(of.chat)]), this.status])]);
    this.element = h("section", { class: "pane", "aria-label": `Chat with ${caption(of.chat)}` }, [
      head,
      this.log.element,
      this.problem,
      this.tools,
      this.writing.element,
    ]);
  }

  show(state: ChatState): void {
    this.log.show(state);
    say(this.status, state.status.toLowerCase());
    this.tools.hidden = this.writing.element.hidden = isOver(state);
  }

  /** Whether something is written here that was not sent. */
  get isWrittenIn(): boolean {
    return this.writing.field.value !== "";
  }

  failed(problem: string): void {
    say(this.problem, problem);
  }

  focus(): void {
    this.writing.field.focus();
  }

  private send(text: string): void {
    this.failed("");
    this.of.talk.say(text, this.isNote.checked, this.cannedId);
    this.cannedId = undefined;
    this.isNote.checked = false;
  }

  private prepared(): HTMLSelectElement {
    const options = this.of.canned.map((one) => h("option", { value: one.id }, [`${one.title} (${one.shortcut})`]));
    const none = h("option", { value: "" }, ["Prepared answers"]);
    const select = h("select", { "aria-label": "Prepared answers" }, [none, ...options], {
      change: () => {
        const id = select.value;
        select.value = "";
        if (id) this.try(() => this.fill(id));
      },
    });
    return select;
  }

  private async fill(id: string): Promise<void> {
    const { fillCannedResponse } = await this.of.ask(FillCannedResponse, { id, sessionId: this.of.chat.id });
    if (fillCannedResponse === null) throw new Error("This answer is not for you.");
    this.writing.field.value = fillCannedResponse;
    this.cannedId = id;
    this.focus();
  }

  private transfer(): void {
    const { state, me } = this.of.desk();
    const sessionId = this.of.chat.id;
    askTransfer(targets(state, this.of.chat, me), (target, note) =>
      this.try(async () => {
        const input = { sessionId, ...target, note: note || null };
        granted((await this.of.ask(TransferChat, { input })).transferChat);
      }),
    );
  }

  private end(): void {
    const sessionId = this.of.chat.id;
    askEnd((reason) =>
      this.try(async () => {
        granted((await this.of.ask(EndChat, { input: { sessionId, reason } })).endChat);
      }),
    );
  }

  private button(text: string, act: () => void): HTMLButtonElement {
    return h("button", { type: "button" }, [text], { click: act });
  }

  private try(step: () => Promise<unknown>): void {
    this.failed("");
    step().catch((error: Error) => this.failed(error.message));
  }
}
