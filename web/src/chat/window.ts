/** A visitor's chat that goes on, or is over. */
import { asking, granted } from "../shared/ask.ts";
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

/** The window of a chat; `leave` is called when the visitor wants to begin another. */
export function chatWindow(kept: Kept, leave: () => void): HTMLElement {
  const ask = asking(kept.token);
  const { sessionId } = kept;
  const links = banner();
  const client = connected(location, kept.token, (link) => linked(link));
  const changed = (state: ChatState): void => show(state);
  const failed = (text: string): void => say(problem, text);
  const chat = new Conversation({ sessionId, side: "VISITOR", me: null, ask, client, changed, failed });

  const problem = h("p", { class: "problem", role: "alert" });
  const status = h("p", { class: "presence", role: "status" });
  const log = logView("Messages");
  const writing = composer("Your message", (text) => chat.say(text), () => chat.types());
  const end = h("button", { type: "button" }, ["End the chat"], { click: () => act(() => ask(EndChat, { input: { sessionId } }).then((done) => granted(done.endChat))) });
  const reopen = h("button", { type: "button" }, ["Go on with this chat"], { click: () => act(() => ask(ReopenChat, { input: { sessionId } }).then((done) => granted(done.reopenChat))) });
  const another = h("button", { type: "button" }, ["Start another chat"], { click: () => stop() });
  const rating = ratingForm(async (stars, feedback) => {
    granted((await ask(RateChat, { input: { sessionId, rating: stars, feedback: feedback || null } })).rateChat);
    rating.show(stars);
  });
  const over = h("div", { class: "over" }, [rating.element, reopen, another]);

  const act = (step: () => Promise<unknown>): void => {
    say(problem, "");
    step().catch((error: Error) => say(problem, error.message));
  };
  const linked = (link: Link): void => {
    links.show(link);
    if (link === "connected") chat.resend();
  };
  const show = (state: ChatState): void => {
    log.show(state);
    say(status, where(state));
    const count = unread(state);
    document.title = count ? `(${count}) Agora: chat` : "Agora: chat";
    over.hidden = !isOver(state);
    writing.element.hidden = end.hidden = isOver(state);
    rating.show(state.rating);
    if (document.hasFocus() && document.visibilityState === "visible") chat.seen();
  };
  const look = (): void => {
    if (chat.state.status !== "QUEUED" && chat.state.status !== "WAITING") return;
    ask(ChatQueue, { sessionId })
      .then(({ chatQueue }) => say(status, where(chat.state, chatQueue)))
      .catch(() => undefined); // it is asked again soon
  };
  const looking = setInterval(look, LOOK);
  const stop = (): void => {
    clearInterval(looking);
    window.removeEventListener("focus", seen);
    chat.stop();
    void client.dispose();
    leave();
  };
  const seen = (): void => chat.seen();
  window.addEventListener("focus", seen);

  chat.start();
  show(chat.state);
  look();
  const head = h("header", {}, [h("div", {}, [h("h2", {}, [kept.title]), status]), end]);
  return h("section", { class: "window", "aria-label": "Chat" }, [head, links.element, log.element, problem, writing.element, over]);
}
