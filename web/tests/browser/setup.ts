/**
 * Starts `agora serve` with the sample data in a folder of its own; tells its address and its people to the tests.
 * AGORA_TEST_URL and AGORA_TEST_DATA name one that runs already, and its folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { prepare } from "./prepare.ts";

const READY = /ready on (http:\/\/\S+)\/graphql/;
const PATIENCE = 180_000;

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["AGORA_TEST_URL"]) {
    await prepare();
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "agora-web-"));
  const server = serve(folder);
  process.env["AGORA_TEST_URL"] = await address(server);
  process.env["AGORA_TEST_DATA"] = folder;
  await prepare();
  return async () => {
    server.kill("SIGTERM");
    if (server.exitCode === null) await once(server, "exit");
    await rm(folder, { recursive: true, force: true });
  };
}

function serve(folder: string): ChildProcess {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("AGORA_"));
  const program = process.env["AGORA"] ?? resolve("../.venv/bin/agora");
  const env = { ...Object.fromEntries(own), AGORA_DATA_DIR: folder, AGORA_PORT: "0" };
  return spawn(program, ["serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
}

async function address(server: ChildProcess): Promise<string> {
  if (!server.stderr) throw new Error("The server says nothing.");
  const said: string[] = [];
  const giving = setTimeout(() => server.kill("SIGKILL"), PATIENCE);
  try {
    for await (const line of createInterface({ input: server.stderr })) {
      said.push(line);
      const url = READY.exec(line)?.[1];
      if (url) return url;
    }
  } finally {
    clearTimeout(giving);
    server.stderr.resume();
  }
  throw new Error(`The server did not start:\n${said.join("\n")}`);
}
