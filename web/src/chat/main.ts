/** /demo/chat: a shop's page with a chat window, as a visitor sees it. */
import "../shared/style.css";
import "./page.css";

import { asking, granted } from "../shared/ask.ts";
import { ChatWidgets, StartChat } from "../shared/documents.ts";
import { h } from "../shared/dom.ts";
import { unused } from "../shared/names.ts";
import { keep, keepVisitor, keptChat, visitorKey } from "./kept.ts";
import { type Begin, startForm, type Widget } from "./start.ts";
import { ChatWindow } from "./window.ts";

const ask = asking(null);
const business = new URLSearchParams(location.search).get("business") ?? "vapeshed";
const corner = h("div", { class: "corner" });

function show(element: HTMLElement): void {
  corner.replaceChildren(element);
}

async function begin({ widget, name, email, message, consents }: Begin): Promise<void> {
  const { startChat } = await ask(StartChat, {
    input: {
      widgetKey: widget.publicKey,
      visitor: {
        key: visitorKey(),
        name: name || null,
        email: email || null,
        language: navigator.language,
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        consents,
      },
      pageUrl: location.href,
      message,
      clientMessageId: unused(),
    },
  });
  const { session, token, visitorKey: key } = granted(startChat);
  if (!session || !token) throw new Error("The chat could not begin.");
  keepVisitor(key);
  keep({ sessionId: session.id, token, title: widget.business?.name ?? widget.name });
  open();
}

/** The chat that this tab has, or the form for a new one. */
function open(): void {
  const kept = keptChat();
  if (!kept) {
    void offer();
    return;
  }
  const chat = new ChatWindow(kept, leave);
  show(chat.element);
  chat.start();
}

function leave(): void {
  keep(null);
  open();
}

async function offer(): Promise<void> {
  const section = (children: (Node | string)[]): HTMLElement =>
    h("section", { class: "window", "aria-label": "Chat" }, [h("header", {}, [h("h2", {}, ["Chat with us"])]), ...children]);
  try {
    const { chatWidgets } = await ask(ChatWidgets, { business });
    const widgets = chatWidgets.nodes.filter((one): one is Widget => one !== null);
    show(section([widgets.length ? startForm(widgets, begin) : h("p", { class: "problem" }, [`${business} has no chat window.`])]));
  } catch (error) {
    show(section([h("p", { class: "problem", role: "alert" }, [(error as Error).message])]));
  }
}

document.body.append(
  h("main", { class: "shop" }, [
    h("h1", {}, ["A shop's page"]),
    h("p", {}, [
      "Here would be what the shop sells. Its chats are answered at ",
      h("a", { href: "/demo/desk", target: "_blank" }, ["the desk"]),
      ".",
    ]),
    corner,
  ]),
);
open();
