/** What a person can do with turns: send one, retry it, take it back, stop it. */
import { outbox } from '../storage.js';
import { Turn } from './turn.js';
import { ulid } from '../ulid.js';

export class Turns {
  #state;
  #delivery;

  /** @param {{state: import('../state.js').State, delivery: import('./delivery.js').Delivery}} parts */
  constructor({ state, delivery }) {
    this.#state = state;
    this.#delivery = delivery;
  }

  /** @param {import('../types.js').Thread} thread @returns {Turn|undefined} the turn being written there */
  of(thread) {
    return this.#delivery.running.find((turn) => turn.thread === thread);
  }

  /** @param {import('../types.js').Thread} thread @param {string} text @param {{replaces?: string, messageId?: string}} [options] */
  send(thread, text, { replaces, messageId = ulid() } = {}) {
    if (this.of(thread)) return;
    const turn = this.#place(thread, { text, replaces, messageId, status: 'pending' });
    outbox.put(thread.key, { message_id: messageId, text, replaces });
    this.#run(turn);
  }

  /** Sends a failed turn again: same text, same id. */
  retry(thread, user) {
    if (this.of(thread)) return;
    const reply = thread.messages[thread.messages.indexOf(user) + 1];
    const turn = new Turn({ thread, user, reply, replaces: user.replaces, removed: user.removed });
    this.#state.patchMessage(thread, reply, { text: '', status: 'pending', error: undefined });
    if (user.status === 'failed') this.#state.patchMessage(thread, user, { status: 'pending' });
    this.#run(turn);
  }

  /** Takes back a turn that never started, and with it what it would have replaced. @returns {string} its text */
  takeBack(thread, user) {
    const kept = thread.messages.slice(0, thread.messages.indexOf(user));
    outbox.put(thread.key, null);
    this.#state.patchThread(thread.key, { messages: [...kept, ...(user.removed ?? [])] });
    return user.text;
  }

  /** Shows a message of an earlier visit that may not have arrived. */
  restore(thread, { message_id: messageId, text, replaces }) {
    if (thread.messages.some((message) => message.id === messageId)) return;
    const turn = this.#place(thread, { text, replaces, messageId, status: 'failed' });
    turn.reply.error = { code: 'unsent', retryable: true };
    this.#state.patchThread(thread.key, {});
  }

  /** A loaded conversation may end in a reply that is still being written, or in one that never came. */
  follow(thread) {
    const [user, reply] = thread.messages.slice(-2);
    if (thread.messages.at(-1)?.role === 'user') {
      const missing = { key: `reply-to:${thread.messages.at(-1).id}`, role: 'assistant', text: '', status: 'failed', error: { code: 'broken', retryable: true } };
      this.#state.patchThread(thread.key, { messages: [...thread.messages, missing] });
    } else if (reply?.status === 'streaming' && user) {
      const turn = new Turn({ thread, user, reply });
      this.#delivery.resume(turn, reply.id);
      this.#state.patchThread(thread.key, {});
    }
  }

  stop(thread) {
    const turn = this.of(thread);
    if (turn) this.#delivery.stop(turn);
  }

  abandon(thread) {
    const turn = this.of(thread);
    if (turn) this.#delivery.forget(turn);
  }

  abandonAll() {
    this.#delivery.running.forEach((turn) => this.#delivery.forget(turn));
  }

  #place(thread, { text, replaces, messageId, status }) {
    const at = replaces ? thread.messages.findIndex((message) => message.id === replaces) : -1;
    const kept = at < 0 ? thread.messages : thread.messages.slice(0, at);
    const removed = at < 0 ? [] : thread.messages.slice(at);
    const now = new Date().toISOString();
    const user = { key: messageId, id: messageId, role: 'user', text, status, created_at: now, replaces, removed };
    const reply = { key: `reply-to:${messageId}`, role: 'assistant', text: '', status, created_at: now };
    const turn = new Turn({ thread, user, reply, replaces, removed });
    this.#state.patchThread(thread.key, { status: 'ready', messages: [...kept, user, reply] });
    return turn;
  }

  #run(turn) {
    this.#delivery.start(turn);
    this.#state.patchThread(turn.thread.key, {});
  }
}
