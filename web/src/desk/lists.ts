/** The chats of the desk in piles, and the people at it. */
import { h, list, say, set } from "../shared/dom.ts";
import { ago, type Chat, colleagues, type DeskState, type Person, piles, presence, since } from "./state.ts";

export interface Acts {
  open: (chat: Chat) => void;
  accept: (chat: Chat) => void;
  decline: (chat: Chat) => void;
}

export interface Shown {
  state: DeskState;
  me: string | null;
  /** The chat that is open on the page. */
  open: string | null;
  unread: (chat: Chat) => number;
  now: number;
}

export interface Lists {
  element: HTMLElement;
  show: (shown: Shown) => void;
  /** Put the keyboard on the row of a chat, or on the list where it has none. */
  focus: (id: string) => void;
}

type Pile = "offered" | "mine" | "waiting" | "others";
const TITLES: [Pile, string][] = [
  ["offered", "Offered to you"],
  ["mine", "Your chats"],
  ["waiting", "Waiting"],
  ["others", "With others"],
];

export function deskLists(acts: Acts): Lists {
  const places = TITLES.map(([pile, title]) => ({ pile, title: h("h2", {}, [title]), place: h("ul", { "aria-label": title }) }));
  const people = h("ul", { class: "people", "aria-label": "People at the desk" });
  const news = h("p", { class: "heard", "aria-live": "assertive" });
  const show = (shown: Shown): void => {
    const sorted = piles(shown.state, shown.me);
    for (const { pile, title, place } of places) {
      const chats = sorted[pile];
      place.hidden = title.hidden = chats.length === 0;
      list(place, chats, (chat) => chat.id, (chat) => row(chat, pile, acts), (element, chat) => update(element, chat, shown));
    }
    list(people, colleagues(shown.state), (one) => one.id, () => h("li"), person);
    const first = sorted.offered[0];
    say(news, first ? `A chat is offered to you: ${caption(first)}` : "");
  };
  const parts = places.flatMap(({ title, place }) => [title, place]);
  const element = h("nav", { "aria-label": "Chats", tabindex: "-1" }, [news, ...parts, h("h2", {}, ["People"]), people]);
  const focus = (id: string): void => {
    const rows = [...element.querySelectorAll<HTMLElement>("li:has(> .open)")];
    const found = rows.find((one) => one.dataset["key"] === id && !one.parentElement?.hidden);
    (found?.querySelector<HTMLElement>(".open") ?? element).focus();
  };
  return { element, show, focus };
}

export function caption(chat: Chat): string {
  return chat.visitor?.name ?? chat.subject ?? "A visitor";
}

function row(chat: Chat, pile: Pile, acts: Acts): HTMLElement {
  const button = (text: string, kind: string, act: (chat: Chat) => void): HTMLButtonElement =>
    h("button", { type: "button", class: kind }, [text], { click: () => act(chat) });
  const open = h("button", { type: "button", class: "open" }, [h("span", { class: "name" }), h("span", { class: "badge" }), h("span", { class: "since" })], {
    click: () => acts.open(chat),
  });
  return h("li", {}, [
    open,
    (pile === "offered" || pile === "waiting") && button("Accept", "main", acts.accept),
    pile === "offered" && button("Decline", "", acts.decline),
  ]);
}

function update(element: HTMLElement, chat: Chat, { open, unread, now }: Shown): void {
  const part = (name: string): HTMLElement => element.querySelector(`.${name}`) as HTMLElement;
  const count = unread(chat);
  set(part("open"), { "aria-current": chat.id === open ? "true" : undefined });
  say(part("name"), caption(chat));
  say(part("badge"), count ? `${count} new` : "");
  const who = chat.assignedAgent?.name ?? (chat.status === "WAITING" ? chat.aiAgent?.name : undefined);
  say(part("since"), [ago(since(chat), now), who].filter(Boolean).join(" · "));
}

function person(element: HTMLElement, one: Person): void {
  const status = presence(one);
  element.dataset["status"] = status;
  say(element, `${one.name}: ${status.toLowerCase()}, ${one.currentChatCount} of ${one.maxConcurrentChats} chats`);
}
