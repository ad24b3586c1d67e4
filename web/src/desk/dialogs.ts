/** What is asked before a chat is handed on or ended. */
import type { ChatSessionEndReason, TransferChatInput } from "../gql/types.ts";
import { h, labelled } from "../shared/dom.ts";
import { type Chat, colleagues, type DeskState, presence, skills } from "./state.ts";

type Target = Omit<TransferChatInput, "sessionId" | "note">;

const REASONS: [ChatSessionEndReason, string][] = [
  ["RESOLVED", "It is resolved"],
  ["VISITOR_LEFT", "The visitor left"],
  ["MOVED_TO_TICKET", "It goes on as a ticket"],
  ["SPAM", "It is spam"],
];

/** Where a chat can be handed to, with what people read. */
export function targets(state: DeskState, chat: Chat, me: string | null): [string, Target][] {
  const others = colleagues(state).filter((one) => one.id !== me && presence(one) !== "OFFLINE");
  const ai = chat.aiAgent;
  return [
    ...others.map((one): [string, Target] => [`${one.name} (${presence(one).toLowerCase()})`, { chatAgentId: one.id }]),
    ...skills(state).map((skill): [string, Target] => [`Whoever can help with “${skill}”`, { skill }]),
    ...(ai ? [[`${ai.name} (AI agent)`, { aiAgentId: ai.id }] as [string, Target]] : []),
  ];
}

/** Ask to whom, and hand it on by `transfer`. */
export function askTransfer(choices: readonly [string, Target][], transfer: (target: Target, note: string) => void): void {
  const to = h("select", {}, choices.map(([name], at) => h("option", { value: String(at) }, [name])));
  const note = h("textarea", { rows: "2", maxlength: "2000" });
  ask("Hand the chat on", "Hand on", [labelled("To", to), labelled("A note for them", note)], () => {
    const chosen = choices[Number(to.value)];
    if (chosen) transfer(chosen[1], note.value.trim());
  });
}

/** Ask why, and end it by `end`. */
export function askEnd(end: (reason: ChatSessionEndReason) => void): void {
  const why = h("select", {}, REASONS.map(([value, text]) => h("option", { value }, [text])));
  ask("End the chat", "End", [labelled("Why", why)], () => end(why.value as ChatSessionEndReason));
}

function ask(title: string, yes: string, fields: HTMLElement[], done: () => void): void {
  const cancel = h("button", { type: "button" }, ["Cancel"], { click: () => dialog.close() });
  const form = h("form", { method: "dialog" }, [h("h2", {}, [title]), ...fields, h("div", { class: "row" }, [h("button", { class: "main" }, [yes]), cancel])], {
    submit: done,
  });
  const dialog = h("dialog", { "aria-label": title }, [form], { close: () => dialog.remove() });
  document.body.append(dialog);
  dialog.showModal();
}
