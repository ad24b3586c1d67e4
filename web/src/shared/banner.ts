/** Says that the connection is gone, and that it is back. */
import { h, say } from "./dom.ts";
import type { Link } from "./socket.ts";

const WORDS: Record<Link, string> = {
  connecting: "",
  connected: "",
  lost: "The connection is gone. Reconnecting… What you write is sent when it is back.",
  refused: "The server sent this page away. Load it again.",
};
const BACK = "Connected again. Nothing is missing.";
const SHOWN = 3000;

export interface Banner {
  element: HTMLElement;
  show: (link: Link) => void;
}

export function banner(): Banner {
  const element = h("p", { class: "banner", role: "status", hidden: true });
  let last: Link = "connecting";
  let hiding: ReturnType<typeof setTimeout> | undefined;
  const show = (link: Link): void => {
    if (link === "connecting" || link === last) return;
    clearTimeout(hiding);
    const isBack = link === "connected" && last !== "connecting";
    say(element, isBack ? BACK : WORDS[link]);
    element.dataset["link"] = link;
    element.hidden = element.textContent === "";
    if (isBack) hiding = setTimeout(() => (element.hidden = true), SHOWN);
    last = link;
  };
  return { element, show };
}
