/**
 * Shapes that several modules share. Those of the wire are the API contract's own.
 *
 * @typedef {'pending'|'streaming'|'complete'|'stopped'|'truncated'|'failed'} Status
 *
 * @typedef {object} Usage
 * @property {number} input_tokens
 * @property {number} output_tokens
 * @property {number} cost_usd
 * @property {boolean} [estimated] the model gave no exact figures, since the reply was cut
 *
 * @typedef {object} TurnError
 * @property {string} code a contract code, or `offline` or `network`
 * @property {string} [detail] the server's own words
 * @property {boolean} retryable
 * @property {number} [retry_at] epoch milliseconds
 * @property {string} [backend] what was to answer
 *
 * @typedef {object} Message
 * @property {string} key stays the same while `id` is still unknown
 * @property {string} [id]
 * @property {'user'|'assistant'} role
 * @property {string} text
 * @property {Status} status
 * @property {string} [created_at]
 * @property {string} [model] id of the one that wrote it
 * @property {Usage} [usage]
 * @property {boolean} [guardrail] a guardrail replaced or cut the reply
 * @property {TurnError} [error]
 *
 * @typedef {object} Thread
 * @property {string} key the conversation's id, or `new` for one that has none yet
 * @property {string} [id]
 * @property {'empty'|'loading'|'ready'|'failed'} status
 * @property {string} [error] contract code
 * @property {Message[]} messages
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {string} created_at
 * @property {string} updated_at
 *
 * @typedef {object} Spend of the whole stack; all but the first three are missing on an older server
 * @property {string} month such as `2026-11`
 * @property {number} usd
 * @property {number} limit_usd
 * @property {number} [day_usd]
 * @property {number} [day_limit_usd]
 * @property {number} [forecast_usd] what the month will have cost at this pace
 * @property {number} [replies]
 * @property {number|null} [usd_per_reply] null without any reply
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
 * @property {string} model id of the one that is asked next
 * @property {Model[]} [models] in the order in which they are asked; missing on an older server
 * @property {string|null} [on_until]
 * @property {string|null} [paused_until]
 *
 * @typedef {object} Me
 * @property {{name: string}} guest
 * @property {{limit: number, used: number, resets_at: string}} quota
 * @property {Llm} llm
 * @property {Spend} [spend]
 */

export {};
