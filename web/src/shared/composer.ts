/** Where one writes: Enter sends, Shift and Enter begin a new line. */
import { h } from "./dom.ts";

export interface Composer {
  element: HTMLFormElement;
  field: HTMLTextAreaElement;
}

/** A field and a button; `send` gets what was written, `types` hears that somebody writes. */
export function composer(label: string, send: (text: string) => void, types: () => void): Composer {
  const field = h("textarea", { rows: "1", "aria-label": label, placeholder: label, maxlength: "10000" }, [], {
    input: () => {
      if (field.value.trim()) types();
    },
    keydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      element.requestSubmit();
    },
  });
  const element = h("form", { class: "composer" }, [field, h("button", { class: "main" }, ["Send"])], {
    submit: (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (!text) return;
      field.value = "";
      send(text);
      field.focus();
    },
  });
  return { element, field };
}
