/** The documents that the pages send: the files of graphql/operations/chat, with the types made of them. */
import type * as gql from "../gql/types.ts";

import acceptChat from "../../../graphql/operations/chat/accept-chat.graphql";
import chatEvents from "../../../graphql/operations/chat/chat-events.graphql";
import chatQueue from "../../../graphql/operations/chat/chat-queue.graphql";
import chatWidgets from "../../../graphql/operations/chat/chat-widgets.graphql";
import declineChat from "../../../graphql/operations/chat/decline-chat.graphql";
import deskEvents from "../../../graphql/operations/chat/desk-events.graphql";
import deskSignIn from "../../../graphql/operations/chat/desk-sign-in.graphql";
import deskViewer from "../../../graphql/operations/chat/desk-viewer.graphql";
import desk from "../../../graphql/operations/chat/desk.graphql";
import endChat from "../../../graphql/operations/chat/end-chat.graphql";
import fillCannedResponse from "../../../graphql/operations/chat/fill-canned-response.graphql";
import markChatRead from "../../../graphql/operations/chat/mark-chat-read.graphql";
import rateChat from "../../../graphql/operations/chat/rate-chat.graphql";
import reopenChat from "../../../graphql/operations/chat/reopen-chat.graphql";
import sendChatMessage from "../../../graphql/operations/chat/send-chat-message.graphql";
import setPresence from "../../../graphql/operations/chat/set-presence.graphql";
import setTyping from "../../../graphql/operations/chat/set-typing.graphql";
import startChat from "../../../graphql/operations/chat/start-chat.graphql";
import transferChat from "../../../graphql/operations/chat/transfer-chat.graphql";

/** A document, its id among the trusted ones, and what goes in and comes out. */
export interface Document<Result, Variables> {
  readonly query: string;
  readonly documentId: string;
  readonly types?: (variables: Variables) => Result;
}

export const AcceptChat: Document<gql.AcceptChatMutation, gql.AcceptChatMutationVariables> = acceptChat;
export const ChatEvents: Document<gql.ChatEventsSubscription, gql.ChatEventsSubscriptionVariables> = chatEvents;
export const ChatQueue: Document<gql.ChatQueueQuery, gql.ChatQueueQueryVariables> = chatQueue;
export const ChatWidgets: Document<gql.ChatWidgetsQuery, gql.ChatWidgetsQueryVariables> = chatWidgets;
export const DeclineChat: Document<gql.DeclineChatMutation, gql.DeclineChatMutationVariables> = declineChat;
export const DeskEvents: Document<gql.DeskEventsSubscription, gql.DeskEventsSubscriptionVariables> = deskEvents;
export const DeskSignIn: Document<gql.DeskSignInMutation, gql.DeskSignInMutationVariables> = deskSignIn;
export const DeskViewer: Document<gql.DeskViewerQuery, gql.DeskViewerQueryVariables> = deskViewer;
export const Desk: Document<gql.DeskQuery, gql.DeskQueryVariables> = desk;
export const EndChat: Document<gql.EndChatMutation, gql.EndChatMutationVariables> = endChat;
export const FillCannedResponse: Document<gql.FillCannedResponseQuery, gql.FillCannedResponseQueryVariables> =
  fillCannedResponse;
export const MarkChatRead: Document<gql.MarkChatReadMutation, gql.MarkChatReadMutationVariables> = markChatRead;
export const RateChat: Document<gql.RateChatMutation, gql.RateChatMutationVariables> = rateChat;
export const ReopenChat: Document<gql.ReopenChatMutation, gql.ReopenChatMutationVariables> = reopenChat;
export const SendChatMessage: Document<gql.SendChatMessageMutation, gql.SendChatMessageMutationVariables> =
  sendChatMessage;
export const SetPresence: Document<gql.SetPresenceMutation, gql.SetPresenceMutationVariables> = setPresence;
export const SetTyping: Document<gql.SetTypingMutation, gql.SetTypingMutationVariables> = setTyping;
export const StartChat: Document<gql.StartChatMutation, gql.StartChatMutationVariables> = startChat;
export const TransferChat: Document<gql.TransferChatMutation, gql.TransferChatMutationVariables> = transferChat;
