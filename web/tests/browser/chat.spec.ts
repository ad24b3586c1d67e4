import { expect, test } from "@playwright/test";

import { url } from "./api.ts";
import { ended, left } from "./prepare.ts";
import { accept, atDesk, closed, opened, row, said, say, seated, texts, visitor } from "./people.ts";
import { Proxy } from "./proxy.ts";

const wrong: string[] = [];

test.beforeEach(() => {
  wrong.length = 0;
});

test.afterEach(async () => {
  await closed();
  await left();
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
  const written = ["one", "two", "three", "four", "five"].map((text) => `written ${text}`);
  for (const text of written) await say(vera, text);
  for (const text of written) await expect(said(vera, text).locator(".receipt")).toHaveAttribute("title", /waits/);
  await expect(said(desk, "missed three")).toBeVisible();
  expect(await texts(vera)).not.toContain("missed three");

  proxy.mend();
  await expect(vera.locator(".banner")).toContainText("Connected again");
  await expect(said(vera, "missed three")).toBeVisible();
  for (const text of written) await expect(said(desk, text)).toBeVisible();
  const ours = (all: string[]): string[] => all.filter((text) => /^(Are|Yes|missed|written)/.test(text));
  await expect.poll(async () => ours(await texts(vera))).toEqual(ours(await texts(desk)));
  expect(ours(await texts(vera))).toEqual(["Are you there?", "Yes", "missed one", "missed two", "missed three", ...written]);

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

test("what met a server that failed is sent again though the connection stays", async ({ browser }) => {
  const desk = await atDesk(browser, url(), wrong);
  const vera = await visitor(browser, url(), wrong, "Are you there?");
  await accept(desk);
  let fails = 2;
  await vera.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("sendChatMessage") || fails-- <= 0) return route.continue();
    await route.fulfill({ status: 503, body: "busy" });
  });
  for (const text of ["one", "two", "three"]) await say(vera, `written ${text}`);
  await expect(said(desk, "written three")).toBeVisible();
  expect((await texts(desk)).filter((text) => text.startsWith("written"))).toEqual(["written one", "written two", "written three"]);
});

test("a desk follows no longer what is over and what nobody looks at", async ({ browser }) => {
  const desk = await opened(browser, `${url()}/demo/desk`, wrong);
  const open = new Set<string>();
  desk.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      const { id, type, payload: asked } = JSON.parse(String(payload)) as { id: string; type: string; payload?: { query: string } };
      if (type === "subscribe" && asked?.query.includes("chatEvents")) open.add(id);
      if (type === "complete") open.delete(id);
    }),
  );
  await seated(desk);
  const [vera, walt] = [await visitor(browser, url(), wrong, "Hello"), await visitor(browser, url(), wrong, "Good day", "Walt")];
  await accept(desk);
  await accept(desk, "Walt");
  await expect(said(desk, "Good day")).toBeVisible();
  expect(open.size).toBe(2); // both are ours
  await vera.getByRole("button", { name: "End the chat" }).click();
  await expect.poll(() => open.size).toBe(1);
  await walt.getByRole("button", { name: "End the chat" }).click();
  await expect(desk.locator(".notice", { hasText: "The chat has ended" })).toBeVisible();
  await visitor(browser, url(), wrong, "Anybody?", "Xena");
  await row(desk, "Xena").locator(".open").click();
  await expect(said(desk, "Anybody?")).toBeVisible();
  await expect.poll(() => open.size).toBe(1); // the one that is looked at
});

test("the keyboard stays on its row when another chat goes, and comes back to it from the chat", async ({ browser }) => {
  const desk = await atDesk(browser, url(), wrong);
  const vera = await visitor(browser, url(), wrong, "Hello");
  await visitor(browser, url(), wrong, "Good day", "Walt");
  const walt = row(desk, "Walt").locator(".open");
  await row(desk, "Vera").waitFor();
  await walt.focus();
  await vera.getByRole("button", { name: "End the chat" }).click();
  await expect(row(desk, "Vera")).toHaveCount(0);
  await expect(walt).toBeFocused();
  await desk.setViewportSize({ width: 390, height: 800 });
  await walt.press("Enter");
  await expect(desk.getByLabel("Your answer")).toBeFocused();
  await desk.getByRole("button", { name: "Back" }).press("Enter");
  await expect(walt).toBeFocused();
});

test("a chat that does not open any more can be left for another", async ({ browser }) => {
  const vera = await visitor(browser, url(), wrong, "Hello");
  await vera.evaluate(() => {
    const kept = JSON.parse(sessionStorage.getItem("agora.chat") ?? "");
    sessionStorage.setItem("agora.chat", JSON.stringify({ ...kept, token: "of another time" }));
  });
  await vera.reload();
  await expect(vera.locator(".banner")).toContainText("does not open any more");
  await expect(vera.getByLabel("Your message")).toBeHidden();
  await vera.getByRole("button", { name: "Start another chat" }).click();
  await expect(vera.getByRole("button", { name: "Start the chat" })).toBeVisible();
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
