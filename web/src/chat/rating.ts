/** What a visitor thinks of the chat that is over. */
import { h, labelled, say } from "../shared/dom.ts";

const WORDS = ["poor", "fair", "good", "very good", "excellent"];

export interface Rating {
  element: HTMLElement;
  /** Shows the form, or what was given. */
  show: (given: number | null) => void;
}

/** Five choices and a field; `rate` rejects with a sentence for people. */
export function ratingForm(rate: (rating: number, feedback: string) => Promise<void>): Rating {
  const choices = WORDS.map((word, at) => {
    const choice = h("input", { type: "radio", name: "rating", value: String(at + 1), required: true });
    return h("label", { title: word }, [choice, h("span", { "aria-hidden": "true" }, ["★".repeat(at + 1)]), h("span", { class: "heard" }, [`${at + 1}: ${word}`])]);
  });
  const feedback = h("input", { name: "feedback", maxlength: "2000" });
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h(
    "form",
    { class: "rating" },
    [
      h("fieldset", {}, [h("legend", {}, ["How was it?"]), ...choices]),
      labelled("Anything to add?", feedback),
      problem,
      h("button", { class: "main" }, ["Send the rating"]),
    ],
    {
      submit: (event) => {
        event.preventDefault();
        const rating = Number(new FormData(form).get("rating"));
        rate(rating, feedback.value.trim()).catch((error: Error) => say(problem, error.message));
      },
    },
  );
  const thanks = h("p", { class: "thanks" });
  const show = (given: number | null): void => {
    form.hidden = given !== null;
    thanks.hidden = given === null;
    if (given !== null) say(thanks, `You rated this chat ${given} of 5. Thank you.`);
  };
  return { element: h("div", { class: "after" }, [form, thanks]), show };
}
