/** What was said, as a list on the page. */
import { type ChatState, firstUnread, isOver, type Line, type Message, writers } from "./chat.ts";
import { h, list, say, set } from "./dom.ts";

const NEAR = 80;
const RECEIPTS: Record<Message["progress"], [string, string]> = {
  sending: ["…", "being sent"],
  waiting: ["waits…", "waits to be sent"],
  refused: ["⚠", "was refused"],
  sent: ["✓", "sent"],
  read: ["✓✓", "read"],
};
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export interface LogView {
  element: HTMLElement;
  show: (state: ChatState) => void;
}

/** The messages, where the unread ones begin, and who writes. */
export function logView(label: string): LogView {
  const attributes = { class: "log", role: "log", "aria-live": "polite", "aria-label": label, tabindex: "0" };
  const lines = h("ol", attributes);
  const draft = h("p", { class: "draft", "aria-live": "off" });
  const typing = h("p", { class: "typing", role: "status" });
  let mark: number | null = null;
  let isAtEnd = true;
  const stay = (): void => {
    if (isAtEnd) lines.scrollTop = lines.scrollHeight;
  };
  lines.addEventListener("scroll", () => {
    isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR;
  });
  new ResizeObserver(stay).observe(lines);
  const show = (state: ChatState): void => {
    mark = marked(state, mark);
    list(lines, state.lines, keyOf, made, (element, line) => update(element, line, mark));
    say(draft, Object.values(state.drafts).map((one) => one.text).join(" "));
    draft.hidden = draft.textContent === "";
    say(typing, isOver(state) ? "" : written(writers(state)));
    set(lines, { "data-seq": String(state.seq) });
    stay();
  };
  return { element: h("div", { class: "talk" }, [lines, draft, typing]), show };
}

/** The mark stays where the unread ones began, until one answers. */
function marked(state: ChatState, before: number | null): number | null {
  const last = state.lines.at(-1);
  return last?.kind === "message" && last.isMine ? null : (before ?? firstUnread(state));
}

function keyOf(line: Line): string {
  return line.kind === "notice" ? `notice ${line.seq}` : (line.clientId ?? line.id ?? `message ${line.seq}`);
}

function made(line: Line): HTMLElement {
  if (line.kind === "notice") return h("li", { class: "notice" }, [line.text]);
  return h("li", { class: "message" }, [
    h("p", { class: "who" }),
    h("p", { class: "text" }),
    h("p", { class: "attached" }),
    h("p", { class: "about" }, [h("time"), h("span", { class: "edited" }), h("span", { class: "receipt" })]),
    h("p", { class: "problem" }),
  ]);
}

function update(element: HTMLElement, line: Line, mark: number | null): void {
  set(element, { "data-new": mark !== null && line.seq === mark });
  if (line.kind === "notice") return;
  const part = (name: string): HTMLElement => element.querySelector(`.${name}`) as HTMLElement;
  const side = line.isMine ? "mine" : "theirs";
  element.className = `message ${side}${line.isInternal ? " internal" : ""}${line.isRedacted ? " redacted" : ""}`;
  say(part("who"), line.isInternal ? `${line.name || "You"} (note)` : line.name);
  say(part("text"), line.isRedacted ? "This message was taken out." : (line.text ?? ""));
  attached(part("attached"), line);
  const time = element.querySelector("time") as HTMLTimeElement;
  time.dateTime = line.at;
  say(time, TIME.format(new Date(line.at)));
  say(part("edited"), line.isEdited && !line.isRedacted ? "edited" : "");
  receipt(part("receipt"), line);
  say(part("problem"), line.problem ?? "");
}

function receipt(element: HTMLElement, line: Message): void {
  if (!line.isMine || line.isInternal || element.dataset["progress"] === line.progress) return;
  const [sign, meaning] = RECEIPTS[line.progress];
  element.dataset["progress"] = line.progress;
  element.title = meaning;
  element.replaceChildren(h("span", { "aria-hidden": "true" }, [sign]), h("span", { class: "heard" }, [meaning]));
}

function attached(element: HTMLElement, { attachment }: Message): void {
  element.hidden = attachment === null;
  if (attachment === null || element.firstChild) return;
  const isWeb = /^https?:\/\//i.test(attachment.url);
  const href = isWeb ? { href: attachment.url, target: "_blank", rel: "noopener noreferrer" } : {};
  element.append(h("a", href, [attachment.name]));
}

/** Who writes, as a sentence. */
export function written(names: readonly string[]): string {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
}
