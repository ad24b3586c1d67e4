/** What is known of a chat: a state, and what each event makes of it. Pure, and the same on both sides. */
import type {
  ChatActorType,
  ChatEvents_MessageFragment as Said,
  ChatEventsSubscription,
  ChatSessionStatus,
} from "../gql/types.ts";

export type Update = ChatEventsSubscription["chatEvents"];
export type Entry = Extract<Update, { type: unknown }>;
export type Side = "VISITOR" | "STAFF";

/** How far something that one says has come. */
export type Progress = "sending" | "waiting" | "refused" | "sent" | "read";

export interface Message {
  kind: "message";
  /** Its place in the log; null until the log has it. */
  seq: number | null;
  id: string | null;
  clientId: string | null;
  sender: ChatActorType;
  name: string;
  text: string | null;
  attachment: { url: string; name: string } | null;
  at: string;
  isMine: boolean;
  isInternal: boolean;
  isEdited: boolean;
  isRedacted: boolean;
  progress: Progress;
  problem: string | null;
}

/** A line that says what happened. */
export interface Notice {
  kind: "notice";
  seq: number;
  text: string;
  at: string;
}

export type Line = Message | Notice;

export interface Draft {
  text: string;
  parts: number;
}

export interface ChatState {
  side: Side;
  /** What the others see whoever looks called: their own writing is no news to them. */
  me: string | null;
  /** The last entry that was read, from which a connection goes on; 0 before the first. */
  seq: number;
  epoch: number | null;
  status: ChatSessionStatus;
  agent: string | null;
  lines: readonly Line[];
  /** Who writes, by the participant's id: what they are called, and until when that is believed. */
  typing: Readonly<Record<string, { name: string; until: number }>>;
  /** What an AI agent is about to say. */
  drafts: Readonly<Record<string, Draft>>;
  /** Up to which entry this side has read. */
  readSeq: number;
  rating: number | null;
}

export type Event =
  | { kind: "update"; update: Update; now: number }
  | { kind: "said"; clientId: string; text: string; isInternal: boolean; at: string }
  | { kind: "progress"; clientId: string; progress: Progress; problem?: string }
  | { kind: "read"; seq: number }
  | { kind: "tick"; now: number }
  | { kind: "anew" };

/** For how long somebody is believed to write who does not say so again. */
export const TYPING_LASTS = 6000;

export function begun(side: Side, me: string | null = null): ChatState {
  return {
    side,
    me,
    seq: 0,
    epoch: null,
    status: "WAITING",
    agent: null,
    lines: [],
    typing: {},
    drafts: {},
    readSeq: 0,
    rating: null,
  };
}

export function reduce(state: ChatState, event: Event): ChatState {
  switch (event.kind) {
    case "update":
      return updated(state, event.update, event.now);
    case "said":
      return { ...state, lines: [...state.lines, pending(event)] };
    case "progress":
      return changed(state, (line) => line.clientId === event.clientId && line.seq === null, {
        progress: event.progress,
        problem: event.problem ?? null,
      });
    case "read":
      return event.seq > state.readSeq ? { ...state, readSeq: event.seq } : state;
    case "tick":
      return forgetful(state, event.now);
    case "anew":
      return { ...begun(state.side, state.me), lines: state.lines.filter((line) => line.kind === "message" && line.seq === null) };
  }
}

/** How many messages of others this side has not read. */
export function unread(state: ChatState): number {
  return state.lines.filter((line) => isNews(state, line)).length;
}

/** The first message of others that this side has not read, where a mark stands. */
export function firstUnread(state: ChatState): number | null {
  return state.lines.find((line) => isNews(state, line))?.seq ?? null;
}

function isNews(state: ChatState, line: Line): boolean {
  return line.kind === "message" && !line.isMine && line.seq !== null && line.seq > state.readSeq;
}

export function isOver(state: ChatState): boolean {
  return state.status === "ENDED" || state.status === "ABANDONED";
}

/** The names of who writes. */
export function writers(state: ChatState): string[] {
  return [...new Set(Object.values(state.typing).map((one) => one.name))];
}

function updated(state: ChatState, update: Update, now: number): ChatState {
  switch (update.__typename) {
    case "ChatCaughtUp":
      // Who was away has missed parts of a draft, perhaps its end; the whole comes as a message anyway.
      return { ...state, drafts: {}, epoch: update.epoch, seq: Math.max(state.seq, update.seq) };
    case "ChatLagged":
      return state;
    case "ChatTyping":
      return typed(state, update, now);
    case "ChatAnswering":
      return answering(state, update);
    default:
      // What was sent before a connection broke may come again: it is known by its number.
      return update.seq <= state.seq ? state : entered({ ...state, seq: update.seq }, update);
  }
}

function typed(state: ChatState, update: Extract<Update, { __typename: "ChatTyping" }>, now: number): ChatState {
  if (isMyself(state, update.actorType, update.name)) return state;
  const who = update.participantId ?? update.actorType;
  const { [who]: _, ...others } = state.typing;
  const name = update.name ?? "Somebody";
  return { ...state, typing: update.isTyping ? { ...others, [who]: { name, until: now + TYPING_LASTS } } : others };
}

function answering(state: ChatState, part: Extract<Update, { __typename: "ChatAnswering" }>): ChatState {
  const { [part.draftId]: known, ...others } = state.drafts;
  if (part.isDone) return { ...state, drafts: others };
  // Another attempt begins at 0 again, and with nothing of the one before.
  const before = part.index === 0 || !known ? { text: "", parts: 0 } : known;
  // Parts may be lost or late: what is shown has no holes, and the whole comes as a message anyway.
  if (part.index !== before.parts) return state;
  return { ...state, drafts: { ...others, [part.draftId]: { text: before.text + part.text, parts: part.index + 1 } } };
}

function entered(state: ChatState, entry: Entry): ChatState {
  switch (entry.__typename) {
    case "ChatMessageSent":
    case "ChatNoteAdded":
      return entry.message ? heard(state, entry.seq, entry.message, entry.clientMessageId, entry.actor?.id) : state;
    case "ChatMessageEdited":
    case "ChatMessageRedacted":
      return entry.message ? reworded(state, entry.message) : state;
    case "ChatMessagesRead":
      return readBy(state, entry);
    default:
      return noticed(state, entry);
  }
}

/** Somebody read: this side, so nothing up to there is news, or the other, which then has what was said up to there. */
function readBy(state: ChatState, entry: Entry): ChatState {
  if (isMyself(state, entry.actorType, entry.actor?.name)) {
    return { ...state, readSeq: Math.max(state.readSeq, Number(entry.actor?.lastReadSeq ?? 0)) };
  }
  if (isOf(state.side, entry.actorType)) return state;
  const { upTo } = told(entry);
  const last = state.lines.find((line) => line.kind === "message" && line.id === upTo)?.seq ?? 0;
  return changed(state, (line) => line.isMine && !line.isInternal && line.seq !== null && line.seq <= last, { progress: "read" });
}

function heard(state: ChatState, seq: number, said: Said, clientId: string | null, actor?: string): ChatState {
  const message: Message = {
    kind: "message",
    seq,
    id: said.id,
    clientId,
    sender: said.senderType,
    name: said.senderName ?? "Somebody",
    at: said.createdAt,
    isMine: isOf(state.side, said.senderType),
    isInternal: said.isInternal,
    problem: null,
    progress: said.readAt ? "read" : "sent",
    ...worded(said),
  };
  const { [actor ?? ""]: _, ...typing } = state.typing;
  const lines = state.lines.filter((line) => !(line.kind === "message" && line.seq === null && isSame(line, clientId)));
  const drafts = said.senderType === "AI" ? {} : state.drafts;
  return { ...state, typing, drafts, lines: placed(lines, message) };
}

function isSame(line: Message, clientId: string | null): boolean {
  return clientId !== null && line.clientId === clientId;
}

function reworded(state: ChatState, said: Said): ChatState {
  return changed(state, (line) => line.id === said.id, worded(said));
}

function worded(said: Said): Pick<Message, "text" | "attachment" | "isEdited" | "isRedacted"> {
  return {
    text: said.content,
    attachment: said.attachmentUrl
      ? { url: said.attachmentUrl, name: said.attachmentName ?? said.attachmentUrl }
      : null,
    isEdited: said.editedAt !== null,
    isRedacted: said.redactedAt !== null,
  };
}

/** Lines with one more: after all that the log has, and before what it does not have yet. */
function placed(lines: readonly Line[], line: Line): Line[] {
  const end = lines.findIndex((one) => one.seq === null);
  return end < 0 ? [...lines, line] : [...lines.slice(0, end), line, ...lines.slice(end)];
}

function pending(event: Extract<Event, { kind: "said" }>): Message {
  return {
    kind: "message",
    seq: null,
    id: null,
    clientId: event.clientId,
    sender: "SYSTEM",
    name: "",
    text: event.text,
    attachment: null,
    at: event.at,
    isMine: true,
    isInternal: event.isInternal,
    isEdited: false,
    isRedacted: false,
    progress: "sending",
    problem: null,
  };
}

function noticed(state: ChatState, entry: Entry): ChatState {
  const text = words(state.side, entry);
  const after = { ...state, ...moved(state, entry) };
  if (!text) return after;
  return { ...after, lines: placed(after.lines, { kind: "notice", seq: entry.seq, text, at: entry.createdAt }) };
}

/** What an entry that is no message makes of where the chat stands. */
function moved(state: ChatState, entry: Entry): Partial<ChatState> {
  const status = statusAfter(entry);
  const gone = status && status !== "ACTIVE" && status !== "ENDED" ? { agent: null } : {};
  const { rating, name } = told(entry);
  const who = name ?? entry.actor?.name ?? state.agent;
  const came = entry.type === "ASSIGNED" || (entry.type === "JOINED" && entry.actorType === "AGENT");
  return {
    ...(status ? { status } : {}),
    ...(came ? { agent: who } : gone),
    ...(entry.type === "RATED" && typeof rating === "number" ? { rating } : {}),
    ...(entry.type === "ASSIGNED" ? { drafts: {} } : {}), // an AI agent says no more once a person is there
    ...(entry.type === "ENDED" || entry.type === "ABANDONED" ? { typing: {}, drafts: {} } : {}),
  };
}

const LEADS: Partial<Record<Entry["type"], ChatSessionStatus>> = {
  QUEUED: "QUEUED",
  OFFERED: "OFFERED",
  ASSIGNED: "ACTIVE",
  ENDED: "ENDED",
  ABANDONED: "ABANDONED",
  REOPENED: "QUEUED",
};

/** The status that an entry says the chat has now, or that it must have after such an entry. */
function statusAfter(entry: Entry): ChatSessionStatus | undefined {
  return told(entry).status?.new ?? LEADS[entry.type];
}

interface Told {
  status?: { new?: ChatSessionStatus };
  name?: string;
  rating?: number;
  upTo?: string | null;
}

/** What else belongs to an entry, as far as it matters here. */
function told(entry: Entry): Told {
  return (entry.payload ?? {}) as Told;
}

/** What a line of the log says to people; nothing for what they need not read. */
function words(side: Side, entry: Entry): string | null {
  const who = told(entry).name ?? entry.actor?.name ?? "Somebody";
  switch (entry.type) {
    case "QUEUED":
      return side === "VISITOR" ? "You are in the queue." : "Waits for a person.";
    case "DECLINED":
      return `${who} did not take the chat.`;
    case "TRANSFERRED":
      return `${who} handed the chat on.`;
    case "JOINED":
      return entry.actorType === "VISITOR" && side === "VISITOR" ? null : `${who} joined.`;
    case "LEFT":
      return `${who} left.`;
    case "RATED":
      return side === "VISITOR" ? "Thank you for the rating." : `${who} rated the chat.`;
    case "ENDED":
      return "The chat has ended.";
    case "ABANDONED":
      return side === "VISITOR" ? "You left the chat." : "The visitor gave the chat up.";
    case "REOPENED":
      return "The chat goes on.";
    default:
      return null;
  }
}

/** Whether it is whoever looks: a visitor is alone on their side, of staff it is one by their name. */
function isMyself(state: ChatState, actor: ChatActorType, name: string | null | undefined): boolean {
  return isOf(state.side, actor) && (state.side === "VISITOR" || (name != null && name === state.me));
}

function isOf(side: Side, actor: ChatActorType): boolean {
  return side === "VISITOR" ? actor === "VISITOR" : actor === "AGENT" || actor === "STAFF" || actor === "AI";
}

function changed(state: ChatState, which: (line: Message) => boolean, to: Partial<Message>): ChatState {
  if (!state.lines.some((line) => line.kind === "message" && which(line))) return state;
  return { ...state, lines: state.lines.map((line) => (line.kind === "message" && which(line) ? { ...line, ...to } : line)) };
}

function forgetful(state: ChatState, now: number): ChatState {
  const kept = Object.entries(state.typing).filter(([, { until }]) => until > now);
  return kept.length === Object.keys(state.typing).length ? state : { ...state, typing: Object.fromEntries(kept) };
}
