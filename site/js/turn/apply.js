/** Applies a turn's events to the state, whether they came over the socket or HTTP. */
import { unexplained } from '../errors.js';
import { outbox } from '../storage.js';
/** @import { State } from '../state.js' */
/** @import { Failure, Message, ThreadMessage } from '../types.js' */
/** @import { Turn } from './turn.js' */

/**
 * @param {State} state @param {Turn} turn
 * @param {{reply_id: string, conversation_id: string, title?: string}} frame
 */
export function applyStarted(state, turn, { reply_id: replyId, conversation_id: id, title }) {
  const { thread, user, reply } = turn;
  outbox.put(thread.key, null);
  turn.restart(replyId);
  delete user.removed;
  delete user.replaces;
  state.assignId(thread, id, title);
  state.emit('started', { thread });
  state.patchMessage(thread, user, { status: 'complete' });
  state.patchMessage(thread, reply, { id: replyId, status: 'streaming' });
}

/**
 * @param {State} state @param {Turn} turn @param {{seq: number, text: string}} frame
 * @returns {boolean} false when a delta is missing
 */
export function applyDelta(state, turn, { seq, text }) {
  if (!turn.append(seq, text)) return false;
  const patch = { status: /** @type {const} */ ('streaming'), text: turn.longestText() };
  state.patchMessage(turn.thread, turn.reply, patch);
  return true;
}

/**
 * Puts the server's message into the state. One that is no longer streaming ends the turn.
 * @param {State} state @param {Turn} turn @param {Message} message
 */
export function applyMessage(state, turn, message) {
  const { thread, reply } = turn;
  if (message.status === 'streaming') {
    state.patchMessage(thread, reply, { ...message, text: turn.longestText(message.text) });
    return;
  }
  const error = message.status === 'failed' ? unexplained('broken') : undefined;
  endTurn(state, turn, { ...message, error });
  state.addCost(message.usage);
}

/** @param {State} state @param {Turn} turn @param {Failure} failure */
export function applyFailure(state, turn, { code, detail, retryable, retry_after: seconds }) {
  const { thread, user } = turn;
  if (user.status === 'pending') state.patchMessage(thread, user, { status: 'failed' });
  const retryAt = seconds && Date.now() + seconds * 1_000;
  const backend = state.me?.llm.backend;
  const error = { code, detail, retryable, retry_at: retryAt, backend };
  endTurn(state, turn, { status: 'failed', error });
}

/** @param {State} state @param {Turn} turn @param {Partial<ThreadMessage>} patch */
function endTurn(state, turn, patch) {
  state.patchMessage(turn.thread, turn.reply, patch);
  state.emit('ended', { thread: turn.thread, reply: turn.reply });
}
