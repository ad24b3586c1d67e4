import { expect, test } from "@playwright/test";

import { url } from "./api.ts";
import { ended } from "./prepare.ts";
import { accept, atDesk, closed, opened, said, say, texts, visitor } from "./people.ts";
import { Proxy } from "./proxy.ts";

const wrong: string[] = [];

test.beforeEach(() => {
  wrong.length = 0;
});

test.afterEach(async () => {
  await closed();
  await ended();
  expect(wrong).toEqual([]);
});

test("a visitor and the desk talk: typing, receipts, unread marks, a note, the end and a rating", async ({ browser }) => {
  const desk = await atDesk(browser, url(), wrong);
  const vera = await visitor(browser, url(), wrong, "Where is my order?");
  await accept(desk);
  await expect(said(desk, "Where is my order?")).toBeVisible();
  await expect(vera.locator(".presence")).toContainText("is here");

  await vera.getByLabel("Your message").pressSequentially("Number 1");
  await expect(desk.locator(".typing")).toHaveText("Vera is typing…");
  await vera.getByLabel("Your message").press("Enter");
  await expect(said(desk, "Number 1")).toBeVisible();
  await expect(desk.locator(".typing")).toHaveText("");
  await expect(said(vera, "Number 1").locator(".receipt")).toHaveAttribute("title", "read");

  await desk.getByLabel("Your answer").pressSequentially("On");
  await expect(vera.locator(".typing")).toContainText("is typing…");
  await say(desk, "On its way");
  await expect(said(vera, "On its way")).toBeVisible();

  await desk.getByLabel("Note for staff only").check();
  await say(desk, "A regular");
  await expect(said(desk, "A regular")).toHaveClass(/internal/);
  await say(desk, "Anything else?");
  await expect(said(vera, "Anything else?")).toBeVisible();
  expect(await texts(vera)).not.toContain("A regular");

  await vera.getByRole("button", { name: "End the chat" }).click();
  await vera.getByLabel("5: excellent").check();
  await vera.getByRole("button", { name: "Send the rating" }).click();
  await expect(vera.getByText("You rated this chat 5 of 5")).toBeVisible();
  await expect(desk.locator(".notice", { hasText: "The chat has ended" })).toBeVisible();
});

test("somebody who is cut off comes back, and nothing is missing or said twice", async ({ browser }) => {
  const proxy = await Proxy.before(url());
  const desk = await atDesk(browser, url(), wrong);
  const vera = await visitor(browser, proxy.url, wrong, "Are you there?");
  await accept(desk);
  await say(desk, "Yes");
  await expect(said(vera, "Yes")).toBeVisible();

  proxy.cut();
  await expect(vera.locator(".banner")).toContainText("The connection is gone");
  for (const text of ["one", "two", "three"]) await say(desk, `missed ${text}`);
  await say(vera, "written while cut off");
  await expect(said(vera, "written while cut off").locator(".receipt")).toHaveAttribute("title", /waits/);
  await expect(said(desk, "missed three")).toBeVisible();
  expect(await texts(vera)).not.toContain("missed three");

  proxy.mend();
  await expect(vera.locator(".banner")).toContainText("Connected again");
  await expect(said(vera, "missed three")).toBeVisible();
  await expect(said(desk, "written while cut off")).toBeVisible();
  const ours = (all: string[]): string[] => all.filter((text) => /^(Are|Yes|missed|written)/.test(text));
  await expect.poll(async () => ours(await texts(vera))).toEqual(ours(await texts(desk)));
  expect(ours(await texts(vera)).sort()).toEqual(["Are you there?", "Yes", "missed one", "missed three", "missed two", "written while cut off"]);

  await vera.reload();
  await expect.poll(async () => ours(await texts(vera))).toEqual(ours(await texts(desk)));
  await closed();
  await proxy.close();
});

test("a chat is handed on, and the other one takes it with all that was said, notes too", async ({ browser }) => {
  const first = await atDesk(browser, url(), wrong);
  const vera = await visitor(browser, url(), wrong, "I want a refund");
  await accept(first);
  await say(first, "A colleague knows more");
  const second = await atDesk(browser, url(), wrong, "manager");
  await expect(first.locator(".people li", { hasText: "Mana: online" })).toBeVisible();
  await first.getByRole("button", { name: "Hand on" }).click();
  await first.getByLabel("To", { exact: true }).selectOption({ label: "Mana (online)" });
  await first.getByLabel("A note for them").fill("Be generous");
  await first.getByRole("dialog").getByRole("button", { name: "Hand on" }).click();
  await accept(second);
  await expect(said(second, "A colleague knows more")).toBeVisible();
  await expect(said(second, "Be generous")).toHaveClass(/internal/);
  await say(second, "Here you are");
  await expect(said(vera, "Here you are")).toBeVisible();
  expect(await texts(vera)).not.toContain("Be generous");

  await second.getByRole("button", { name: "End", exact: true }).click();
  await second.getByLabel("Why").selectOption("RESOLVED");
  await second.getByRole("dialog").getByRole("button", { name: "End" }).click();
  await expect(vera.locator(".notice", { hasText: "The chat has ended" })).toBeVisible();
});

test("what somebody writes is never markup", async ({ browser }) => {
  const desk = await atDesk(browser, url(), wrong);
  const evil = `<img src=x onerror="document.title='owned'"> & <b>bold</b>`;
  await visitor(browser, url(), wrong, evil);
  await accept(desk);
  await expect(said(desk, evil)).toBeVisible();
  expect(await desk.locator(".log img, .log b").count()).toBe(0);
  expect(await desk.title()).not.toContain("owned");
});

test("GraphiQL asks as the administrator, shows the explorer, and loads nothing from elsewhere", async ({ browser }) => {
  const page = await opened(browser, `${url()}/graphql`, wrong, { width: 1400, height: 900 });
  await expect(page.locator(".graphiql-query-editor .view-line").first()).toBeVisible({ timeout: 60_000 });
  await expect(async () => {
    await page.getByRole("button", { name: /execute query/i }).click();
    await expect(page.locator(".result-window")).toContainText("data");
  }).toPass();
  await page.getByRole("button", { name: /explorer/i }).last().click();
  await expect(page.locator(".docExplorerWrap, .graphiql-explorer-root").first()).toBeVisible();
});
