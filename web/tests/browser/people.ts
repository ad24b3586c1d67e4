/** What the tests do on the two pages, in words. */
import { type Browser, type BrowserContext, expect, type Locator, type Page } from "@playwright/test";

const contexts: BrowserContext[] = [];

/** Close every page that a test opened. */
export async function closed(): Promise<void> {
  for (const context of contexts.splice(0)) await context.close();
}

/** A page in a browser of its own, which fails the test where it breaks its policy, asks another host or throws. */
export async function opened(browser: Browser, address: string, wrong: string[], size = { width: 1200, height: 850 }): Promise<Page> {
  const context = await browser.newContext({ viewport: size });
  contexts.push(context);
  const page = await context.newPage();
  const host = new URL(address).host;
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) wrong.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, host: asked } = new URL(request.url());
    if (protocol.startsWith("http") && asked !== host) wrong.push(`asks ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

/** A visitor who has started a chat at the server `at`. */
export async function visitor(browser: Browser, at: string, wrong: string[], message: string, name = "Vera"): Promise<Page> {
  const page = await opened(browser, `${at}/demo/chat`, wrong);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Your message").fill(message);
  await page.getByRole("button", { name: "Start the chat" }).click();
  await expect(said(page, message)).toBeVisible();
  return page;
}

/** Somebody of the staff, at the desk of the server `at`. */
export async function atDesk(browser: Browser, at: string, wrong: string[], who = "staff"): Promise<Page> {
  const page = await opened(browser, `${at}/demo/desk`, wrong);
  await seated(page, who);
  return page;
}

/** Sit down at the desk that a page shows. */
export async function seated(page: Page, who = "staff"): Promise<void> {
  await page.getByRole("button", { name: `Be the ${who}` }).click();
  await page.getByLabel("Your presence").selectOption("ONLINE");
}

/** The row of somebody's chat at a desk. */
export function row(desk: Page, name: string): Locator {
  return desk.getByRole("navigation").getByRole("listitem").filter({ hasText: name });
}

/** Take the chat of somebody that waits or is offered. */
export async function accept(desk: Page, name = "Vera"): Promise<void> {
  await row(desk, name).getByRole("button", { name: "Accept" }).first().click();
  await expect(desk.getByRole("heading", { name })).toBeVisible();
}

/** Say something on a page. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByLabel(/^Your (message|answer)$/);
  await field.fill(text);
  await field.press("Enter");
}

/** A message on a page, by its text. */
export function said(page: Page, text: string): Locator {
  return page.locator(".message").filter({ hasText: text });
}

/** The texts of all messages on a page. */
export function texts(page: Page): Promise<string[]> {
  return page.locator(".message .text").allTextContents();
}
