/** Asks the API as one of the sample data's people. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const url = (): string => process.env["AGORA_TEST_URL"] ?? "";

/** The token of one of the sample data's people. */
export function tokenOf(name: string): string {
  const text = readFileSync(join(process.env["AGORA_TEST_DATA"] ?? "", "personas.json"), "utf8");
  return (JSON.parse(text) as Record<string, { token: string }>)[name]?.token ?? "";
}

/** What the API answers to whoever `token` is of; a token that is empty is nobody's. */
export async function asked<Data>(token: string, query: string, variables: object = {}): Promise<Data> {
  const answer = await fetch(`${url()}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: Data; errors?: unknown };
  const complaints = /"userErrors":\[[^\]]+\]/.exec(JSON.stringify(data ?? null));
  if (errors || complaints) throw new Error(JSON.stringify(errors ?? complaints));
  return data;
}
