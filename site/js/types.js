/**
 * Shapes that several modules share.
 *
 * Those of the server, exactly as the API sends them:
 *
 * @typedef {'streaming'|'complete'|'stopped'|'truncated'|'failed'} MessageStatus
 *
 * @typedef {object} Usage
 * @property {number} input_tokens
 * @property {number} output_tokens
 * @property {number} cost_usd
 * @property {boolean} [estimated] whether the figures are estimates, because the reply was cut
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {string} conversation_id
 * @property {'user'|'assistant'} role
 * @property {string} text
 * @property {MessageStatus} status
 * @property {string} created_at
 * @property {string} [model] id of the model that wrote it
 * @property {Usage} [usage]
 * @property {boolean} [guardrail] whether a guardrail replaced or cut the reply
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {string} created_at
 * @property {string} updated_at
 *
 * @typedef {object} Spend of the whole stack
 * @property {string} month such as `2026-11`
 * @property {number} usd
 * @property {number} limit_usd
 * @property {number} day_usd
 * @property {number} day_limit_usd
 * @property {number} forecast_usd what the month will have cost at this pace
 * @property {number} replies
 * @property {number|null} usd_per_reply null before the first reply
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} name
 * @property {'ready'|'resting'} state
 * @property {string} [resting_until]
 *
 * @typedef {object} Llm
 * @property {'on'|'off'|'paused'} state
 * @property {'bedrock'|'worker'} backend
 * @property {string} model id of the model that answers next
 * @property {Model[]} models in fallback order, the primary model first
 * @property {string|null} on_until
 * @property {string|null} paused_until
 *
 * @typedef {object} Quota of messages for the current UTC day
 * @property {number} limit
 * @property {number} used
 * @property {string} resets_at
 *
 * @typedef {object} Me
 * @property {{name: string}} guest
 * @property {Quota} quota
 * @property {Llm} llm
 * @property {Spend} [spend]
 *
 * @typedef {object} Problem the body of every error (RFC 9457)
 * @property {string} code
 * @property {string} detail in English
 * @property {boolean} retryable whether the same request may succeed later
 * @property {number} [retry_after] seconds
 *
 * @typedef {object} ChatRequest a turn, as the body of `POST /chat` and, with a token, as a frame
 * @property {string} text
 * @property {string} message_id
 * @property {string} [conversation_id]
 * @property {string} [replaces] id of the user message that this turn replaces
 *
 * @typedef {{conversation_id: string, message_id: string, reply: Message}} ChatResponse
 *
 * @typedef {{type: 'started', message_id: string, reply_id: string, conversation_id: string,
 *   title: string}} StartedFrame
 * @typedef {{type: 'delta', reply_id: string, seq: number, text: string}} DeltaFrame
 * @typedef {{type: 'finished', reply_id: string, message: Message, quota?: Quota}} FinishedFrame
 * @typedef {{type: 'failed', message_id: string|null} & Problem} FailedFrame
 * @typedef {{type: 'pong'}} PongFrame
 * @typedef {StartedFrame|DeltaFrame|FinishedFrame|FailedFrame|PongFrame} ServerFrame
 * @typedef {{action: 'ping'} | ({action: 'chat', token: string|null} & ChatRequest)} ClientFrame
 */

/**
 * @template Item
 * @typedef {{items: Item[], next_cursor: string|null}} Page
 */

/**
 * Those of the page:
 *
 * @typedef {object} Failure why a turn, or a request, failed
 * @property {string} code a code of the API, or one of the page's own: `offline`, `network`,
 *   `unsent`, `broken`
 * @property {string} [detail] the server's sentence, in English
 * @property {boolean} retryable
 * @property {number} [retry_after] seconds
 * @property {number} [retry_at] epoch milliseconds
 * @property {Llm['backend']} [backend] the backend in use when it failed
 *
 * @typedef {object} LocalFields what a message has on the page only
 * @property {string} key identifies the message while the server has not given it an id
 * @property {MessageStatus|'pending'} status
 * @property {Failure} [error]
 * @property {string} [replaces] until the turn has started, as in `ChatRequest`
 * @property {ThreadMessage[]} [removed] what `replaces` took away, until the turn has started
 *
 * @typedef {Partial<Omit<Message, 'status'>> & Pick<Message, 'role'|'text'> & LocalFields
 *   } ThreadMessage the server's message, or one that the server does not have yet
 *
 * @typedef {object} Thread a conversation's messages
 * @property {string} key the conversation's id, or `new` before it has one
 * @property {string} [id]
 * @property {'empty'|'loading'|'ready'|'failed'} status
 * @property {string} [error] code
 * @property {ThreadMessage[]} messages
 *
 * @typedef {object} ConversationList
 * @property {Conversation[]} items
 * @property {string|null} cursor
 * @property {'loading'|'ready'|'failed'} status
 * @property {string} [error] code
 *
 * @typedef {object} UnsentMessage
 * @property {string} message_id
 * @property {string} text
 * @property {string} [replaces]
 *
 * @typedef {{id: string, text: string}} EditedMessage
 */

export {};
