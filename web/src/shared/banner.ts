/** Says that the connection is gone, and that it is back. */
import { h, say } from "./dom.ts";
import type { Link } from "./socket.ts";

const WORDS = {
  connecting: "",
  connected: "",
  lost: "The connection is gone. Reconnecting… What you write is sent when it is back.",
};
const BACK = "Connected again. Nothing is missing.";
const SHOWN = 3000;

export interface Banner {
  element: HTMLElement;
  show: (link: Link) => void;
}

/** The banner; `refused` is what it says where the server lets this page in no more. */
export function banner(refused: string): Banner {
  const words = { ...WORDS, refused };
  const element = h("p", { class: "banner", role: "status", hidden: true });
  let last: Link = "connecting";
  let hiding: ReturnType<typeof setTimeout> | undefined;
  const show = (link: Link): void => {
    if (link === "connecting" || link === last) return;
    clearTimeout(hiding);
    const isBack = link === "connected" && last !== "connecting";
    say(element, isBack ? BACK : words[link]);
    element.dataset["link"] = link;
    element.hidden = element.textContent === "";
    if (isBack) hiding = setTimeout(() => (element.hidden = true), SHOWN);
    last = link;
  };
  return { element, show };
}
