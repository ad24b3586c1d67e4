/** /demo/desk: where chats are answered. */
import "../shared/style.css";
import "./page.css";

import { asking } from "../shared/ask.ts";
import { DeskViewer } from "../shared/documents.ts";
import { h } from "../shared/dom.ts";
import { given } from "../shared/given.ts";
import { Desk } from "./desk.ts";
import { type Person, signInForm } from "./signin.ts";

const KEPT = "agora.desk";
const STAFF = ["OWNER", "MANAGER", "STAFF"];
const { people } = given<{ people: Person[] }>({ people: [] });
const wanted = new URLSearchParams(location.search).get("business");

/** Sit down at the desk of whoever `token` is of. Rejects with a sentence for people. */
async function enter(token: string): Promise<void> {
  const ask = asking(token);
  const { user, memberships } = (await ask(DeskViewer, {})).viewer;
  const places = memberships.filter((one) => STAFF.includes(one.role) && (!wanted || one.business?.slug === wanted));
  const business = (places.find((one) => one.business?.slug === "vapeshed") ?? places[0])?.business;
  if (!user || !business) throw new Error("You are not of the staff of any business.");
  const desk = new Desk({ token, ask, user, business });
  await desk.start();
  sessionStorage.setItem(KEPT, token);
  document.body.replaceChildren(desk.element);
}

function welcome(): void {
  sessionStorage.removeItem(KEPT);
  document.body.replaceChildren(signInForm(people, enter));
}

const kept = sessionStorage.getItem(KEPT);
document.body.append(h("p", { class: "empty" }, ["Loading…"]));
if (kept) enter(kept).catch(welcome);
else welcome();
