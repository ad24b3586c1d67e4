/** The form with which a visitor begins. */
import type { ChatWidgetsQuery } from "../gql/types.ts";
import { h, labelled, say } from "../shared/dom.ts";

export type Widget = NonNullable<ChatWidgetsQuery["chatWidgets"]["nodes"][number]>;

export interface Begin {
  widget: Widget;
  name: string;
  email: string;
  message: string;
  /** Whether the visitor agrees to be remembered. */
  consents: boolean;
}

/** The form; `begin` rejects with a sentence for people where the chat cannot begin. */
export function startForm(widgets: readonly Widget[], begin: (given: Begin) => Promise<void>): HTMLFormElement {
  const choices = widgets.map((widget, at) => h("option", { value: String(at) }, [widget.name]));
  const chosen = h("select", { name: "widget" }, choices, { change: () => greet() });
  const name = h("input", { name: "name", autocomplete: "name", maxlength: "100" });
  const email = h("input", { name: "email", type: "email", autocomplete: "email", maxlength: "200" });
  const message = h("textarea", { name: "message", rows: "3", required: true, maxlength: "10000" });
  const consents = h("input", { type: "checkbox" });
  const greeting = h("p", { class: "greeting" });
  const problem = h("p", { class: "problem", role: "alert" });
  const button = h("button", { class: "main" }, ["Start the chat"]);
  const widget = (): Widget => widgets[Number(chosen.value)] as Widget;
  const greet = (): void => say(greeting, widget().greeting ?? "How can we help?");
  const form = h(
    "form",
    { class: "start" },
    [
      greeting,
      widgets.length > 1 && labelled("Window", chosen),
      labelled("Your name", name),
      labelled("Your e-mail address (if we may write to you)", email),
      labelled("Your message", message),
      h("label", { class: "consent" }, [consents, "Remember me on my next visit"]),
      problem,
      button,
    ],
    {
      submit: async (event) => {
        event.preventDefault();
        button.disabled = true;
        say(problem, "");
        const given = { name: name.value.trim(), email: email.value.trim(), message: message.value.trim() };
        await begin({ widget: widget(), ...given, consents: consents.checked }).catch((error: unknown) => say(problem, String((error as Error).message)));
        button.disabled = false;
      },
    },
  );
  if (widgets.length) greet();
  return form;
}
