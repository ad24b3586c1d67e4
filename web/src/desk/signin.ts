/** Who sits down at the desk: one of the sample data's people, or somebody with a password. */
import { asking, granted } from "../shared/ask.ts";
import { DeskSignIn } from "../shared/documents.ts";
import { h, labelled, say } from "../shared/dom.ts";

export interface Person {
  name: string;
  about: string;
  email: string;
  token: string;
}

/** The form; `enter` gets a token, and rejects with a sentence for people if that opens nothing. */
export function signInForm(people: readonly Person[], enter: (token: string) => Promise<void>): HTMLElement {
  const problem = h("p", { class: "problem", role: "alert" });
  const attempt = (token: () => Promise<string> | string) => async (): Promise<void> => {
    say(problem, "");
    try {
      await enter(await token());
    } catch (error) {
      say(problem, (error as Error).message);
    }
  };
  const quick = people.map((person) =>
    h("button", { type: "button", title: person.about }, [`Be the ${person.name}`], { click: attempt(() => person.token) }),
  );
  return h("main", { class: "sign-in" }, [
    h("h1", {}, ["The desk"]),
    people.length > 0 && h("p", {}, ["People of the sample data, on this machine:"]),
    people.length > 0 && h("div", { class: "quick" }, quick),
    passwordForm(attempt),
    problem,
  ]);
}

function passwordForm(attempt: (token: () => Promise<string>) => () => Promise<void>): HTMLFormElement {
  const email = h("input", { type: "email", autocomplete: "username", required: true });
  const password = h("input", { type: "password", autocomplete: "current-password", required: true });
  const enter = attempt(() => signedIn(email.value.trim(), password.value));
  return h(
    "form",
    {},
    [labelled("E-mail address", email), labelled("Password", password), h("button", { class: "main" }, ["Sign in"])],
    {
      submit: (event) => {
        event.preventDefault();
        void enter();
      },
    },
  );
}

async function signedIn(email: string, password: string): Promise<string> {
  const { token } = granted((await asking(null)(DeskSignIn, { input: { email, password } })).signIn);
  if (!token) throw new Error("You could not be signed in.");
  return token;
}
