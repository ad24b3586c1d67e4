import { defineConfig } from "@playwright/test";

import { chromium } from "./tests/browser/chromium.ts";

/** Real browsers and clients against a real server with the sample data: one server, and one test at a time. */
export default defineConfig({
  testDir: "tests/browser",
  testMatch: "*.spec.ts",
  outputDir: "test-results",
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  globalTimeout: 15 * 60_000,
  reporter: [["list"]],
  globalSetup: "./tests/browser/setup.ts",
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromium(), args: ["--no-sandbox"] },
    screenshot: "only-on-failure",
    trace: "off",
  },
});
