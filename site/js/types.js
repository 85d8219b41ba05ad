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
 *
 * @typedef {object} Message
 * @property {string} key stays the same while `id` is still unknown
 * @property {string} [id]
 * @property {'user'|'assistant'} role
 * @property {string} text
 * @property {Status} status
 * @property {string} [created_at]
 * @property {string} [model]
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
 * @typedef {object} Me
 * @property {{name: string}} guest
 * @property {{limit: number, used: number, resets_at: string}} quota
 * @property {{state: 'on'|'off'|'paused', backend: string, model: string, on_until?: string|null, paused_until?: string|null}} llm
 * @property {Spend} [spend]
 */

export {};
