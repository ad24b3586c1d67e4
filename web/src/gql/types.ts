/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Which chat to take. */
export type AcceptChatInput = {
  /** The ID of a chat that you are offered, or that nobody has. */
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

/** What a visitor's browser says of them; all of it may be left out. */
export type ChatVisitorInput = {
  /** Whether the visitor agrees to be remembered. Where the widget requires that, who does not is somebody new each time, and neither browser nor address is kept. */
  consents?: boolean;
  /** The visitor's e-mail address. */
  email?: string | null | undefined;
  /** The random name that the browser keeps: 16 to 100 letters, digits, - and _. Without one it is given one. */
  key?: string | null | undefined;
  /** BCP 47 tag of the browser's language. */
  language?: string | null | undefined;
  /** What the visitor goes by. */
  name?: string | null | undefined;
  /** The visitor's telephone number in E.164 form. */
  phone?: string | null | undefined;
  /** IANA time zone of the browser. */
  timeZone?: string | null | undefined;
};

/** Which chat to leave to others. */
export type DeclineChatInput = {
  /** The ID of a chat that you are offered. */
  sessionId: string | number;
};

/** Which chat ends, and why. */
export type EndChatInput = {
  /** Why: RESOLVED if null, or VISITOR_LEFT of a visitor, who may give these two. */
  reason?: ChatSessionEndReason | null | undefined;
  /** The ID of the chat. */
  sessionId: string | number;
};

/** How far a chat was read. */
export type MarkChatReadInput = {
  /** The number of the last entry that was read, as you count. */
  seq: number;
  /** The ID of the chat. */
  sessionId: string | number;
};

/** What the member may do. */
export type MemberRole =
  | 'MANAGER'
  | 'OWNER'
  | 'STAFF'
  | 'VIEWER';

/** How a chat was. */
export type RateChatInput = {
  /** What you say of it, in at most 5,000 characters. */
  feedback?: string | null | undefined;
  /** From 1, poor, to 5, excellent. */
  rating: number;
  /** The ID of the chat. */
  sessionId: string | number;
};

/** Which chat goes on. */
export type ReopenChatInput = {
  /** The ID of the chat. */
  sessionId: string | number;
};

/** What is said in which chat. */
export type SendChatMessageInput = {
  /** What it is called. */
  attachmentName?: string | null | undefined;
  /** Where an attached image or file is, by https. */
  attachmentUrl?: string | null | undefined;
  /** The ID of a prepared answer that it begins as; {visitor} and {agent} become their names. */
  cannedResponseId?: string | number | null | undefined;
  /** Your own name for the message, of 1 to 64 characters: sent again under it, it is the same message. One that somebody else's message has, or a note where this is none, is a CONFLICT. */
  clientMessageId: string;
  /** What is said: 1 to 16,384 bytes in UTF-8. May be left out with an attachment or a prepared answer. */
  content?: string | null | undefined;
  /** Whether it is a note that only staff reads. */
  isInternal?: boolean;
  /** The ID of the chat. */
  sessionId: string | number;
  /** IMAGE or FILE with an attachment (FILE if null), TEXT without one. */
  type?: ChatMessageType | null | undefined;
};

/** Whether you are at the desk of a business. */
export type SetPresenceInput = {
  /** The ID of a business whose chats you answer. */
  businessId: string | number;
  /** Whether you are there; only who is ONLINE is offered chats. */
  status: ChatAgentStatus;
};

/** Whether somebody writes at the moment. */
export type SetTypingInput = {
  /** Whether it will be a note that only staff reads. */
  isInternal?: boolean;
  /** Whether you write. Say so again every few seconds: whoever follows forgets it. */
  isTyping: boolean;
  /** The ID of the chat. */
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

/** What a visitor opens a chat with. */
export type StartChatInput = {
  /** Your own name for that message, by which its event names it. */
  clientMessageId?: string | null | undefined;
  /** BCP 47 tag of the language the visitor writes; the browser's if null. */
  language?: string | null | undefined;
  /** The first message: at most 16,384 bytes in UTF-8. */
  message?: string | null | undefined;
  /** The page it is opened on. */
  pageUrl?: string | null | undefined;
  /** The page that led there. */
  referrer?: string | null | undefined;
  /** What it is about, in one line of at most 200 characters. */
  subject?: string | null | undefined;
  /** Who it is. */
  visitor?: ChatVisitorInput | null | undefined;
  /** The key of the widget, as it stands in the site's pages. */
  widgetKey: string;
};

/** Which chat to pass on, and to whom: somebody, whoever has a skill, or an AI agent. */
export type TransferChatInput = {
  /** The ID of the AI agent that is to answer. */
  aiAgentId?: string | number | null | undefined;
  /** The ID of who is to take it. */
  chatAgentId?: string | number | null | undefined;
  /** What they should know, in at most 2,000 characters; no visitor sees it. */
  note?: string | null | undefined;
  /** The ID of a chat that you lead, or of a business you manage. */
  sessionId: string | number;
  /** What whoever takes it must be able to help with. */
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


export type DeskQuery = { chatAgents: { nodes: Array<{ id: string, name: string, status: ChatAgentStatus | null } | null> }, cannedResponses: { nodes: Array<{ id: string, shortcut: string, title: string, category: string | null, chatAgent: { id: string } | null } | null> } };

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
