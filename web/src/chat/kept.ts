/** What this browser keeps of a visitor: the chat for as long as the tab is open, the visitor's own name for longer. */
export interface Kept {
  sessionId: string;
  token: string;
  title: string;
}

const [CHAT, VISITOR] = ["agora.chat", "agora.visitor"];

export function keptChat(): Kept | null {
  const text = sessionStorage.getItem(CHAT);
  return text ? (JSON.parse(text) as Kept) : null;
}

export function keep(chat: Kept | null): void {
  if (chat) sessionStorage.setItem(CHAT, JSON.stringify(chat));
  else sessionStorage.removeItem(CHAT);
}

export function visitorKey(): string | null {
  return localStorage.getItem(VISITOR);
}

export function keepVisitor(key: string | null): void {
  if (key) localStorage.setItem(VISITOR, key);
}
