/** The clients that frontends use follow a chat, are cut off again and again, and have every entry of its log once. */
import { ApolloClient, gql, HttpLink, InMemoryCache, split } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition } from "@apollo/client/utilities";
import { expect, test } from "@playwright/test";
import { createClient as createSse } from "graphql-sse";
import { type Client, createClient } from "graphql-ws";
import { WebSocket } from "ws";

import { asked, url } from "./api.ts";
import { ended } from "./prepare.ts";
import { Proxy } from "./proxy.ts";

const EVENTS = `subscription ($sessionId: ID!, $after: Int) {
  chatEvents(sessionId: $sessionId, after: $after) {
    __typename
    ... on ChatLogEntry { seq }
    ... on ChatMessageSent { message { content } }
  }
}`;
const START = `mutation ($input: StartChatInput!) {
  startChat(input: $input) { token session { id } userErrors { message } }
}`;
const SEND = `mutation ($input: SendChatMessageInput!) {
  sendChatMessage(input: $input) { message { id } userErrors { message } }
}`;
const WIDGETS = `{ chatWidgets(first: 1, filter: { isActive: { eq: true }, business: { slug: { eq: "vapeshed" } } }) { nodes { publicKey } } }`;

interface Update {
  __typename: string;
  seq?: number;
  message?: { content: string };
}
interface Given {
  data?: { chatEvents?: Update } | null;
}

/** A chat with its visitor's token. */
interface Chat {
  sessionId: string;
  token: string;
}

async function begun(): Promise<Chat> {
  const { chatWidgets } = await asked<{ chatWidgets: { nodes: { publicKey: string }[] } }>("", WIDGETS);
  const input = { widgetKey: chatWidgets.nodes[0]?.publicKey, visitor: { name: "Vera" }, message: "message 0" };
  const { startChat } = await asked<{ startChat: { token: string; session: { id: string } } }>("", START, { input });
  return { sessionId: startChat.session.id, token: startChat.token };
}

async function say({ sessionId, token }: Chat, content: string): Promise<void> {
  await asked(token, SEND, { input: { sessionId, content, clientMessageId: crypto.randomUUID() } });
}

/** What a client got, in the order in which it came. */
class Heard {
  readonly seqs: number[] = [];
  readonly texts: string[] = [];

  take(update: Update | undefined): void {
    if (update?.seq === undefined || update.__typename === "ChatCaughtUp") return;
    this.seqs.push(update.seq);
    const text = update.message?.content;
    if (text?.startsWith("message")) this.texts.push(text); // an AI agent may say something too
  }

  get last(): number {
    return this.seqs.at(-1) ?? 0;
  }
}

type Follow = (chat: Chat, heard: Heard, at: string) => () => void;

/** The variables, told anew whenever the client asks again. */
const variables = (chat: Chat, heard: Heard) => ({
  sessionId: chat.sessionId,
  get after() {
    return heard.last;
  },
});

function socketClient(chat: Chat, at: string, retryAttempts = Number.POSITIVE_INFINITY): Client {
  return createClient({
    url: `${at.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${chat.token}` },
    retryAttempts,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });
}

/** graphql-ws sends the message anew when it reconnects, and reads its variables then. */
const byWebSocket: Follow = (chat, heard, at) => {
  const client = socketClient(chat, at);
  const stop = client.subscribe<Given["data"]>(
    { query: EVENTS, variables: variables(chat, heard) },
    { next: ({ data }) => heard.take(data?.chatEvents), error: (error) => heard.texts.push(`failed: ${error}`), complete: () => undefined },
  );
  return () => {
    stop();
    void client.dispose();
  };
};

/** graphql-sse does the same with its requests. */
const byEvents: Follow = (chat, heard, at) => {
  const client = createSse({
    url: `${at}/graphql`,
    headers: { authorization: `Bearer ${chat.token}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });
  const stop = client.subscribe<NonNullable<Given["data"]>>(
    { query: EVENTS, variables: variables(chat, heard) },
    { next: ({ data }) => heard.take(data?.chatEvents), error: (error) => heard.texts.push(`failed: ${error}`), complete: () => undefined },
  );
  return () => {
    stop();
    client.dispose();
  };
};

/**
 * Apollo Client: HttpLink for queries and mutations, GraphQLWsLink for subscriptions. It copies variables, so that the
 * page asks anew when the line broke, instead of graphql-ws.
 */
const byApollo: Follow = (chat, heard, at) => {
  const socket = socketClient(chat, at, 0);
  const http = new HttpLink({ uri: `${at}/graphql`, headers: { authorization: `Bearer ${chat.token}` } });
  const isSubscription = ({ query }: { query: Parameters<typeof getMainDefinition>[0] }): boolean => {
    const main = getMainDefinition(query);
    return main.kind === "OperationDefinition" && main.operation === "subscription";
  };
  const link = split(isSubscription, new GraphQLWsLink(socket), http);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  let isWanted = true;
  let stop = (): void => undefined;
  const begin = (): void => {
    if (!isWanted) return;
    const asking = { query: gql(EVENTS), variables: { sessionId: chat.sessionId, after: heard.last }, fetchPolicy: "no-cache" as const };
    const following = client.subscribe<NonNullable<Given["data"]>>(asking).subscribe({
      next: ({ data }) => heard.take(data?.chatEvents),
      complete: () => setTimeout(begin, 50),
    });
    stop = () => following.unsubscribe();
  };
  begin();
  return () => {
    isWanted = false;
    stop();
    client.stop();
    void socket.dispose();
  };
};

test.afterEach(ended);

for (const [name, follow] of Object.entries({ "graphql-ws": byWebSocket, "graphql-sse": byEvents, "Apollo Client": byApollo })) {
  test(`${name} follows a chat through a line that breaks, and has every entry once and in order`, async () => {
    const [chat, proxy, heard] = [await begun(), await Proxy.before(url()), new Heard()];
    const stop = follow(chat, heard, proxy.url);
    await expect.poll(() => heard.texts).toContain("message 0");
    const sent = ["message 0"];
    for (let round = 1; round <= 4; round++) {
      if (round % 2) proxy.break();
      else proxy.cut();
      for (const part of ["a", "b"]) {
        sent.push(`message ${round}${part}`);
        await say(chat, `message ${round}${part}`);
      }
      proxy.mend();
      await expect.poll(() => heard.texts).toContain(`message ${round}b`);
    }
    stop();
    expect(heard.texts).toEqual(sent);
    expect(heard.seqs).toEqual(heard.seqs.map((_, at) => at + 1));
    await proxy.close();
  });
}
