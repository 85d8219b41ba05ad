/** What the news of a turn does to the state, whichever way it came. */
import { isRetryable } from '../api.js';
import { outbox } from '../storage.js';

/** @typedef {import('./turn.js').Turn} Turn */

export class Progress {
  #state;

  /** @param {import('../state.js').State} state */
  constructor(state) {
    this.#state = state;
  }

  /** @param {Turn} turn @param {{reply_id: string, conversation_id: string}} frame */
  started(turn, { reply_id: replyId, conversation_id: conversationId }) {
    outbox.put(turn.thread.key, null);
    turn.restart(replyId);
    delete turn.user.removed;
    delete turn.user.replaces;
    this.#state.nameThread(turn.thread, conversationId);
    this.#state.begin(turn.thread);
    this.#state.patchMessage(turn.thread, turn.user, { status: 'complete' });
    this.#state.patchMessage(turn.thread, turn.reply, { id: replyId, status: 'streaming' });
  }

  /** @param {Turn} turn @param {{seq: number, text: string}} frame @returns {boolean} false when pieces are missing */
  grow(turn, { seq, text }) {
    if (!turn.add(seq, text)) return false;
    this.#state.patchMessage(turn.thread, turn.reply, { status: 'streaming', text: turn.longest() });
    return true;
  }

  /** The reply as it is stored; one that has ended ends the turn. @param {Turn} turn @param {import('../types.js').Message} message */
  adopt(turn, { status, model, usage, text, guardrail }) {
    if (status === 'streaming') this.#state.patchMessage(turn.thread, turn.reply, { id: turn.replyId, status, text: turn.longest(text) });
    else this.#end(turn, { id: turn.replyId, status, text, model, usage, guardrail });
  }

  /** @param {Turn} turn @param {{status: import('../types.js').Status, model?: string, usage?: import('../types.js').Usage, guardrail?: boolean}} frame */
  finish(turn, { status, model, usage, guardrail }) {
    this.#end(turn, { status, model, usage, guardrail, text: turn.text || turn.reply.text });
  }

  setQuota(quota) {
    this.#state.setQuota(quota);
  }

  /** @param {Turn} turn @param {{code: string, detail?: string, retryable?: boolean, retry_after?: number}} error */
  fail(turn, { code, detail, retryable = isRetryable(code), retry_after: retryAfter }) {
    if (turn.user.status === 'pending') this.#state.patchMessage(turn.thread, turn.user, { status: 'failed' });
    const retryAt = retryAfter && Date.now() + retryAfter * 1_000;
    this.#end(turn, { status: 'failed', error: { code, detail, retryable, retry_at: retryAt, backend: this.#state.me?.llm.backend } });
  }

  #end(turn, patch) {
    const error = patch.error ?? (patch.status === 'failed' ? { code: 'broken', retryable: true } : undefined);
    this.#state.patchMessage(turn.thread, turn.reply, { ...patch, error });
    this.#state.addCost(patch.usage);
    this.#state.end(turn.thread, turn.reply);
  }
}
