/** What a person can do with a turn: send, retry, withdraw and stop it. */
import { unexplained } from '../errors.js';
import { outbox } from '../storage.js';
import { ulid } from '../ulid.js';
import { Turn } from './turn.js';
/** @import { State } from '../state.js' */
/** @import { Thread, ThreadMessage, UnsentMessage } from '../types.js' */
/** @import { Delivery } from './delivery.js' */

/**
 * The key of the reply to a user message, which the page knows before the reply has an id.
 * @param {string} messageId
 */
export const replyKey = (messageId) => `reply-to:${messageId}`;

export class Sender {
  #state;
  #delivery;

  /** @param {{state: State, delivery: Delivery}} parts */
  constructor({ state, delivery }) {
    this.#state = state;
    this.#delivery = delivery;
  }

  /** @param {Thread} thread @returns {Turn|undefined} the turn that runs there */
  runningIn(thread) {
    return this.#delivery.running.find((turn) => turn.thread === thread);
  }

  /** @param {Thread} thread @param {string} text @param {string} [replaces] a user message's id */
  send(thread, text, replaces) {
    if (this.runningIn(thread)) return;
    const unsent = { message_id: ulid(), text, replaces };
    const { user, reply } = this.#add(thread, unsent, { status: 'pending' });
    outbox.put(thread.key, unsent);
    this.#run(new Turn({ thread, user, reply, messageId: unsent.message_id, replaces }));
  }

  /**
   * Sends a failed turn again, with the same id.
   * @param {Thread} thread @param {ThreadMessage} user
   */
  retry(thread, user) {
    const reply = thread.messages[thread.messages.indexOf(user) + 1];
    if (!reply || !user.id || this.runningIn(thread)) return;
    const turn = new Turn({ thread, user, reply, messageId: user.id, replaces: user.replaces });
    const nothing = { error: undefined, model: undefined, usage: undefined, guardrail: undefined };
    this.#state.patchMessage(thread, reply, { ...nothing, text: '', status: 'pending' });
    if (user.status === 'failed') this.#state.patchMessage(thread, user, { status: 'pending' });
    this.#run(turn);
  }

  /**
   * Removes a turn that never started, and brings back the messages that it would have replaced.
   * @param {Thread} thread @param {ThreadMessage} user
   * @returns {string} its text
   */
  withdraw(thread, user) {
    const kept = thread.messages.slice(0, thread.messages.indexOf(user));
    outbox.put(thread.key, null);
    this.#state.patchThread(thread.key, { messages: [...kept, ...(user.removed ?? [])] });
    return user.text;
  }

  /**
   * Shows the message that an earlier visit sent without learning whether it arrived. It counts as
   * failed, and Retry sends it with the same id.
   * @param {Thread} thread
   */
  restoreUnsent(thread) {
    const unsent = outbox.get(thread.key);
    if (!unsent) return;
    const shown = thread.messages.find(({ id }) => id === unsent.message_id);
    if (!shown) this.#add(thread, unsent, { status: 'failed', error: unexplained('unsent') });
    else if (shown.status === 'complete') outbox.put(thread.key, null);
  }

  /**
   * Continues a conversation that was just loaded: its last reply may still be streaming, or may
   * never have been stored.
   * @param {Thread} thread
   */
  resume(thread) {
    const [user, reply] = thread.messages.slice(-2);
    const last = thread.messages.at(-1);
    if (last?.role === 'user') {
      const outcome = { status: /** @type {const} */ ('failed'), error: unexplained('broken') };
      const messages = [...thread.messages, createReply(last.key, outcome)];
      this.#state.patchThread(thread.key, { messages });
    } else if (user?.id && reply?.id && reply.status === 'streaming') {
      this.#delivery.resume(new Turn({ thread, user, reply, messageId: user.id }), reply.id);
      this.#state.patchThread(thread.key);
    }
  }

  /** @param {Thread} thread */
  stop(thread) {
    const turn = this.runningIn(thread);
    if (turn) this.#delivery.stop(turn);
  }

  /** Stops listening to a thread's turn. @param {Thread} thread */
  abandon(thread) {
    const turn = this.runningIn(thread);
    if (turn) this.#delivery.forget(turn);
  }

  abandonAll() {
    for (const turn of this.#delivery.running) this.#delivery.forget(turn);
  }

  /**
   * Adds a user message and the place of its reply to the thread.
   * @param {Thread} thread @param {UnsentMessage} unsent
   * @param {Pick<ThreadMessage, 'status'|'error'>} outcome
   */
  #add(thread, { message_id: id, text, replaces }, outcome) {
    const found = thread.messages.findIndex((message) => replaces && message.id === replaces);
    const end = found < 0 ? thread.messages.length : found;
    const kept = thread.messages.slice(0, end);
    /** @type {ThreadMessage} */
    const user = {
      key: id,
      id,
      role: 'user',
      text,
      status: outcome.status,
      created_at: new Date().toISOString(),
      replaces,
      removed: thread.messages.slice(end),
    };
    const reply = createReply(id, outcome);
    const messages = [...kept, user, reply];
    this.#state.patchThread(thread.key, { status: 'ready', messages });
    return { user, reply };
  }

  /** @param {Turn} turn */
  #run(turn) {
    this.#delivery.start(turn);
    this.#state.patchThread(turn.thread.key);
  }
}

/**
 * @param {string} messageId the user message's
 * @param {Pick<ThreadMessage, 'status'|'error'>} outcome
 * @returns {ThreadMessage}
 */
function createReply(messageId, outcome) {
  return {
    key: replyKey(messageId),
    role: 'assistant',
    text: '',
    created_at: new Date().toISOString(),
    ...outcome,
  };
}
