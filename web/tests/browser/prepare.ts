/** Makes a desk of the sample data where the tests do not depend on the time of day, nor on what else goes on there. */
import { asked, tokenOf } from "./api.ts";

interface Desk {
  chatRoutingRules: { nodes: { id: string; target: string }[] };
  chatAgents: { nodes: { id: string; user: { id: string } }[] };
}

const DESK = `query {
  chatRoutingRules(filter: { business: { slug: { eq: "vapeshed" } } }) { nodes { id target } }
  chatAgents(filter: { business: { slug: { eq: "vapeshed" } } }) { nodes { id user { id } } }
}`;
const OPEN = `query {
  chatSessions(filter: { business: { slug: { eq: "vapeshed" } }, status: { notIn: [ENDED, ABANDONED] } }) { nodes { id } }
}`;
const ROOM = `mutation ($input: UpdateChatAgentInput!) {
  updateChatAgent(input: $input) { userErrors { message } }
}`;
const RULE = `mutation ($input: UpdateChatRoutingRuleInput!) {
  updateChatRoutingRule(input: $input) { userErrors { message } }
}`;
const PLACE = `query {
  viewer { memberships { business { id slug } } }
}`;
const LEAVE = `mutation ($input: SetPresenceInput!) {
  setPresence(input: $input) { userErrors { message } }
}`;
const END = `mutation ($input: EndChatInput!) { endChat(input: $input) { userErrors { message } } }`;

/** Every chat goes to anybody who is there, all of whom have room; the manager is called Mana; no old chat waits. */
export async function prepare(): Promise<void> {
  const owner = tokenOf("owner");
  const desk = await asked<Desk>(owner, DESK);
  const { viewer } = await asked<{ viewer: { user: { id: string } } }>(tokenOf("manager"), "{ viewer { user { id } } }");
  for (const { id, target } of desk.chatRoutingRules.nodes) {
    await asked(owner, RULE, { input: { id, isActive: target === "ANYBODY" } });
  }
  for (const { id, user } of desk.chatAgents.nodes) {
    const name = user.id === viewer.user.id ? { name: "Mana" } : {};
    await asked(owner, ROOM, { input: { id, maxConcurrentChats: 50, ...name } });
  }
  await ended();
}

/** Everybody leaves the desk: a page that was closed is believed to be there for a while, and chats are offered to it. */
export async function left(): Promise<void> {
  for (const token of [tokenOf("staff"), tokenOf("manager")]) {
    const { viewer } = await asked<{ viewer: { memberships: { business: { id: string; slug: string } }[] } }>(token, PLACE);
    const businessId = viewer.memberships.find(({ business }) => business.slug === "vapeshed")?.business.id;
    await asked(token, LEAVE, { input: { businessId, status: "OFFLINE" } });
  }
}

/** End all chats that go on: a test begins with none. */
export async function ended(): Promise<void> {
  const owner = tokenOf("owner");
  const { chatSessions } = await asked<{ chatSessions: { nodes: { id: string }[] } }>(owner, OPEN);
  for (const { id } of chatSessions.nodes) await asked(owner, END, { input: { sessionId: id, reason: "RESOLVED" } });
}
