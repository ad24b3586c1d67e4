/** Where a chat stands, as a sentence for the visitor. */
import type { ChatQueueQuery } from "../gql/types.ts";
import type { ChatState } from "../shared/chat.ts";

export function where(state: ChatState, queue: ChatQueueQuery["chatQueue"] = null): string {
  switch (state.status) {
    case "ACTIVE":
      return state.agent ? `${state.agent} is here` : "Somebody is here";
    case "ENDED":
    case "ABANDONED":
      return "The chat has ended";
    default:
      return queue ? waiting(queue) : "You are in the queue";
  }
}

function waiting({ position, expectedWaitSeconds, onlineAgents }: NonNullable<ChatQueueQuery["chatQueue"]>): string {
  const place = position ? `You are number ${position} in the queue` : "Somebody will be with you soon";
  const wait = expectedWaitSeconds ? `, about ${Math.max(1, Math.round(expectedWaitSeconds / 60))} min` : "";
  const people = onlineAgents === 1 ? "1 person is" : `${onlineAgents} people are`;
  return `${place}${wait} (${people} here)`;
}
