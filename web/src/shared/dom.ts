/** Elements. Text only ever becomes a text node, so nothing that anybody writes can become markup. */

type Child = Node | string | null | undefined | false;
type Handlers = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
type Attributes = Record<string, string | boolean | undefined>;

/** An element with attributes, children and listeners; an attribute that is `true` is there, `false` is not. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  children: Child[] = [],
  on: Handlers = {},
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  set(made, attributes);
  made.append(...children.filter((child): child is Node | string => Boolean(child) || child === ""));
  for (const [kind, handler] of Object.entries(on)) made.addEventListener(kind, handler as EventListener);
  return made;
}

export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

/** Set the text of an element, unless it is that already: what is live is read aloud at every change. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let fields = 0;

/** A field with its label above. */
export function labelled(label: string, field: HTMLElement): HTMLElement {
  field.id ||= `field-${++fields}`;
  return h("div", { class: "field" }, [h("label", { for: field.id }, [label]), field]);
}

/** Make the children of `place` those of `items`, in order: what is there under its key stays, and is updated. */
export function list<Item>(
  place: HTMLElement,
  items: readonly Item[],
  key: (item: Item) => string,
  make: (item: Item) => HTMLElement,
  update: (element: HTMLElement, item: Item) => void,
): void {
  const there = new Map([...place.children].map((child) => [(child as HTMLElement).dataset["key"], child]));
  const wanted = new Set(items.map(key));
  // First what is to go: what stays is then where it belongs, and an element that is not moved keeps the keyboard's focus.
  for (const [known, child] of there) if (known === undefined || !wanted.has(known)) child.remove();
  let at: Element | null = place.firstElementChild;
  for (const item of items) {
    const found = there.get(key(item)) as HTMLElement | undefined;
    const element = found ?? make(item);
    element.dataset["key"] = key(item);
    update(element, item);
    if (element === at) at = at.nextElementSibling;
    else place.insertBefore(element, at);
  }
}
