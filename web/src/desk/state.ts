/** What is known of a desk: its open chats and its people, and what each update makes of them. Pure. */
import type { ChatAgentStatus, DeskEvents_ChatFragment, DeskEvents_PersonFragment, DeskEventsSubscription } from "../gql/types.ts";

export type DeskUpdate = DeskEventsSubscription["deskEvents"];
export type Chat = DeskEvents_ChatFragment;
export type Person = DeskEvents_PersonFragment;

export interface DeskState {
  chats: Readonly<Record<string, Chat>>;
  people: Readonly<Record<string, Person>>;
}

export const EMPTY: DeskState = { chats: {}, people: {} };

/** The chats of a desk as somebody at it sorts them. */
export interface Piles {
  offered: Chat[];
  mine: Chat[];
  waiting: Chat[];
  others: Chat[];
}

export function reduce(state: DeskState, update: DeskUpdate): DeskState {
  switch (update.__typename) {
    case "DeskSnapshot":
      return { chats: byId(update.sessions), people: byId(update.agents) };
    case "DeskChatChanged":
      return { ...state, chats: { ...state.chats, [update.session.id]: update.session } };
    case "DeskChatGone":
      return { ...state, chats: without(state.chats, update.sessionId) };
    case "DeskAgentChanged":
      return { ...state, people: { ...state.people, [update.agent.id]: update.agent } };
    case "DeskAgentGone":
      return { ...state, people: without(state.people, update.agentId) };
    case "DeskLagged":
      return state;
  }
}

/** The chats in piles, whoever waits longest first; `me` is whose place at the desk it is. */
export function piles(state: DeskState, me: string | null): Piles {
  const sorted = Object.values(state.chats).sort((a, b) => since(a).localeCompare(since(b)));
  const isMine = (chat: Chat): boolean => me !== null && chat.assignedAgent?.id === me;
  return {
    offered: sorted.filter((chat) => chat.status === "OFFERED" && isMine(chat)),
    mine: sorted.filter((chat) => chat.status === "ACTIVE" && isMine(chat)),
    waiting: sorted.filter((chat) => chat.status === "QUEUED" || chat.status === "WAITING"),
    others: sorted.filter((chat) => (chat.status === "OFFERED" || chat.status === "ACTIVE") && !isMine(chat)),
  };
}

/** The people in order: those who are there first. */
export function colleagues(state: DeskState): Person[] {
  const order = ["ONLINE", "BUSY", "AWAY", "OFFLINE"];
  const rank = (person: Person): number => order.indexOf(presence(person));
  return Object.values(state.people).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Whether somebody is there, as far as one may know. */
export function presence(person: Person): ChatAgentStatus {
  return person.status ?? "OFFLINE";
}

/** All the skills that somebody at the desk has. */
export function skills(state: DeskState): string[] {
  return [...new Set(Object.values(state.people).flatMap((person) => person.skills ?? []))].sort();
}

/** How long ago something was, in words. */
export function ago(since: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

export function since(chat: Chat): string {
  return chat.queuedAt ?? chat.startedAt;
}

function byId<Row extends { id: string }>(rows: readonly Row[]): Record<string, Row> {
  return Object.fromEntries(rows.map((row) => [row.id, row]));
}

function without<Row>(rows: Readonly<Record<string, Row>>, id: string): Record<string, Row> {
  return Object.fromEntries(Object.entries(rows).filter(([key]) => key !== id));
}
