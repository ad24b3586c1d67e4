/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type AcceptChatInput = {
  sessionId: string | number;
};

/** As what the actor did it. */
export type ChatActorType =
  | 'AGENT'
  | 'AI'
  | 'STAFF'
  | 'SYSTEM'
  | 'VISITOR';

/** Whether the person is there. */
export type ChatAgentStatus =
  | 'AWAY'
  | 'BUSY'
  | 'OFFLINE'
  | 'ONLINE';

/** What happened. */
export type ChatEventType =
  | 'ABANDONED'
  | 'ASSIGNED'
  | 'DECLINED'
  | 'DETAILS_CHANGED'
  | 'ENDED'
  | 'JOINED'
  | 'LEFT'
  | 'MESSAGES_READ'
  | 'MESSAGE_EDITED'
  | 'MESSAGE_REDACTED'
  | 'MESSAGE_SENT'
  | 'NOTE_ADDED'
  | 'OFFERED'
  | 'QUEUED'
  | 'RATED'
  | 'REOPENED'
  | 'STARTED'
  | 'TAGS_CHANGED'
  | 'TRANSFERRED';

/** What it carries. */
export type ChatMessageType =
  | 'FILE'
  | 'IMAGE'
  | 'SYSTEM'
  | 'TEXT';

/** Why it is over. */
export type ChatSessionEndReason =
  | 'MOVED_TO_TICKET'
  | 'NOBODY_FREE'
  | 'RESOLVED'
  | 'SPAM'
  | 'TIMED_OUT'
  | 'VISITOR_LEFT';

/** Where it stands. */
export type ChatSessionStatus =
  | 'ABANDONED'
  | 'ACTIVE'
  | 'ENDED'
  | 'OFFERED'
  | 'QUEUED'
  | 'WAITING';

export type ChatVisitorInput = {
  consents?: boolean;
  email?: string | null | undefined;
  key?: string | null | undefined;
  language?: string | null | undefined;
  name?: string | null | undefined;
  phone?: string | null | undefined;
  timeZone?: string | null | undefined;
};

export type DeclineChatInput = {
  sessionId: string | number;
};

export type EndChatInput = {
  reason?: ChatSessionEndReason | null | undefined;
  sessionId: string | number;
};

export type MarkChatReadInput = {
  seq: number;
  sessionId: string | number;
};

/** What the member may do. */
export type MemberRole =
  | 'MANAGER'
  | 'OWNER'
  | 'STAFF'
  | 'VIEWER';

export type RateChatInput = {
  feedback?: string | null | undefined;
  rating: number;
  sessionId: string | number;
};

export type ReopenChatInput = {
  sessionId: string | number;
};

export type SendChatMessageInput = {
  attachmentName?: string | null | undefined;
  attachmentUrl?: string | null | undefined;
  cannedResponseId?: string | number | null | undefined;
  clientMessageId: string;
  content?: string | null | undefined;
  isInternal?: boolean;
  sessionId: string | number;
  type?: ChatMessageType | null | undefined;
};

export type SetPresenceInput = {
  businessId: string | number;
  status: ChatAgentStatus;
};

export type SetTypingInput = {
  isInternal?: boolean;
  isTyping: boolean;
  sessionId: string | number;
};

/** What somebody shows to be let in. */
export type SignInInput = {
  /** Whether a cookie keeps the token, where no script can read it: for pages. */
  cookie?: boolean;
  /** The account's e-mail address. */
  email: string;
  /** Its password. */
  password: string;
  /** For 30 days instead of 12 hours. */
  remember?: boolean;
};

export type StartChatInput = {
  clientMessageId?: string | null | undefined;
  language?: string | null | undefined;
  message?: string | null | undefined;
  pageUrl?: string | null | undefined;
  referrer?: string | null | undefined;
  subject?: string | null | undefined;
  visitor?: ChatVisitorInput | null | undefined;
  widgetKey: string;
};

export type TransferChatInput = {
  aiAgentId?: string | number | null | undefined;
  chatAgentId?: string | number | null | undefined;
  note?: string | null | undefined;
  sessionId: string | number;
  skill?: string | null | undefined;
};

export type AcceptChatMutationVariables = Exact<{
  input: AcceptChatInput;
}>;


export type AcceptChatMutation = { acceptChat: { session: { id: string, status: ChatSessionStatus } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ChatEventsSubscriptionVariables = Exact<{
  sessionId: string | number;
  after?: number | null | undefined;
  epoch?: number | null | undefined;
}>;


export type ChatEventsSubscription = { chatEvents:
    | { __typename: 'ChatAbandoned', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatAnswering', draftId: string, index: number, text: string, isDone: boolean }
    | { __typename: 'ChatAssigned', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatCaughtUp', seq: number, epoch: number }
    | { __typename: 'ChatDeclined', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatDetailsChanged', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatEnded', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatJoined', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatLagged', seq: number }
    | { __typename: 'ChatLeft', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatMessageEdited', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null, message: ChatEvents_MessageFragment | null }
    | { __typename: 'ChatMessageRedacted', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null, message: ChatEvents_MessageFragment | null }
    | { __typename: 'ChatMessageSent', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, clientMessageId: string | null, actor: { id: string, name: string, lastReadSeq: string | null } | null, message: ChatEvents_MessageFragment | null }
    | { __typename: 'ChatMessagesRead', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatNoteAdded', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, clientMessageId: string | null, actor: { id: string, name: string, lastReadSeq: string | null } | null, message: ChatEvents_MessageFragment | null }
    | { __typename: 'ChatOffered', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatQueued', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatRated', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatReopened', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatStarted', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatTagsChanged', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatTransferred', seq: number, type: ChatEventType, createdAt: string, actorType: ChatActorType, payload: unknown, actor: { id: string, name: string, lastReadSeq: string | null } | null }
    | { __typename: 'ChatTyping', actorType: ChatActorType, name: string | null, isTyping: boolean, isInternal: boolean, participantId: string | null }
   };

export type ChatEvents_MessageFragment = { id: string, senderType: ChatActorType, senderName: string | null, content: string | null, isInternal: boolean, attachmentUrl: string | null, attachmentName: string | null, editedAt: string | null, redactedAt: string | null, readAt: string | null, createdAt: string };

export type ChatQueueQueryVariables = Exact<{
  sessionId: string | number;
}>;


export type ChatQueueQuery = { chatQueue: { position: number | null, expectedWaitSeconds: number | null, onlineAgents: number } | null };

export type ChatWidgetsQueryVariables = Exact<{
  business: string;
}>;


export type ChatWidgetsQuery = { chatWidgets: { nodes: Array<{ publicKey: string, name: string, greeting: string | null, offlineMessage: string | null, askedFields: Array<string>, isConsentRequired: boolean, isRatingAsked: boolean, business: { name: string } | null } | null> } };

export type DeclineChatMutationVariables = Exact<{
  input: DeclineChatInput;
}>;


export type DeclineChatMutation = { declineChat: { session: { id: string, status: ChatSessionStatus } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type DeskEventsSubscriptionVariables = Exact<{
  businessId: string | number;
}>;


export type DeskEventsSubscription = { deskEvents:
    | { __typename: 'DeskAgentChanged', agent: DeskEvents_PersonFragment }
    | { __typename: 'DeskAgentGone', agentId: string }
    | { __typename: 'DeskChatChanged', session: DeskEvents_ChatFragment }
    | { __typename: 'DeskChatGone', sessionId: string }
    | { __typename: 'DeskLagged' }
    | { __typename: 'DeskSnapshot', sessions: Array<DeskEvents_ChatFragment>, agents: Array<DeskEvents_PersonFragment> }
   };

export type DeskEvents_ChatFragment = { id: string, status: ChatSessionStatus, subject: string | null, startedAt: string, queuedAt: string | null, lastActivityAt: string | null, messageCount: number, visitor: { name: string | null } | null, assignedAgent: { id: string, name: string } | null, aiAgent: { id: string, name: string } | null };

export type DeskEvents_PersonFragment = { id: string, name: string, status: ChatAgentStatus | null, skills: Array<string> | null, currentChatCount: string | null, maxConcurrentChats: number | null };

export type DeskSignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type DeskSignInMutation = { signIn: { token: string | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type DeskViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type DeskViewerQuery = { viewer: { user: { id: string, firstName: string, lastName: string } | null, memberships: Array<{ role: MemberRole, business: { id: string, name: string, slug: string } | null }> } };

export type DeskQueryVariables = Exact<{
  businessId: string | number;
  userId: string | number;
}>;


export type DeskQuery = { chatAgents: { nodes: Array<{ id: string, name: string, status: ChatAgentStatus | null } | null> }, cannedResponses: { nodes: Array<{ id: string, shortcut: string, title: string, category: string | null } | null> } };

export type EndChatMutationVariables = Exact<{
  input: EndChatInput;
}>;


export type EndChatMutation = { endChat: { session: { id: string, status: ChatSessionStatus } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type FillCannedResponseQueryVariables = Exact<{
  id: string | number;
  sessionId: string | number;
}>;


export type FillCannedResponseQuery = { fillCannedResponse: string | null };

export type MarkChatReadMutationVariables = Exact<{
  input: MarkChatReadInput;
}>;


export type MarkChatReadMutation = { markChatRead: { userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type RateChatMutationVariables = Exact<{
  input: RateChatInput;
}>;


export type RateChatMutation = { rateChat: { session: { id: string, satisfactionRating: number | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ReopenChatMutationVariables = Exact<{
  input: ReopenChatInput;
}>;


export type ReopenChatMutation = { reopenChat: { session: { id: string, status: ChatSessionStatus } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type SendChatMessageMutationVariables = Exact<{
  input: SendChatMessageInput;
}>;


export type SendChatMessageMutation = { sendChatMessage: { message: { id: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type SetPresenceMutationVariables = Exact<{
  input: SetPresenceInput;
}>;


export type SetPresenceMutation = { setPresence: { chatAgent: { id: string, status: ChatAgentStatus | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type SetTypingMutationVariables = Exact<{
  input: SetTypingInput;
}>;


export type SetTypingMutation = { setTyping: { userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type StartChatMutationVariables = Exact<{
  input: StartChatInput;
}>;


export type StartChatMutation = { startChat: { token: string | null, visitorKey: string | null, session: { id: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type TransferChatMutationVariables = Exact<{
  input: TransferChatInput;
}>;


export type TransferChatMutation = { transferChat: { session: { id: string, status: ChatSessionStatus } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };
