/**
 * The page's state. Every change goes through a method here and emits one event; views draw on events.
 * Events: `session`, `me`, `list`, `thread`, `message` (detail: `{thread, message}`), `named`, `begun`, `editing`, `online`, `ended`.
 *
 * @typedef {import('./types.js').Thread} Thread
 * @typedef {import('./types.js').Message} Message
 */
import { spendAfter } from './account/spend.js';

export const NEW = 'new';

/** @returns {Thread} */
const emptyThread = (key) => ({ key, id: key === NEW ? undefined : key, status: key === NEW ? 'ready' : 'empty', messages: [] });

export class State extends EventTarget {
  /** @type {{open: boolean, reason?: string}} */
  session = { open: false };
  /** @type {import('./types.js').Me|null} */
  me = null;
  /** @type {{items: import('./types.js').Conversation[], cursor: string|null, status: 'loading'|'ready'|'failed', error?: string}} */
  list = { items: [], cursor: null, status: 'loading' };
  current = NEW;
  /** @type {{id: string, text: string}|null} the user message that the composer edits */
  editing = null;
  online = navigator.onLine;
  /** @type {Map<string, Thread>} */
  #threads = new Map();

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {string} types space separated @param {(detail: any) => void} draw */
  on(types, draw) {
    for (const type of types.split(' ')) this.addEventListener(type, (event) => draw(event.detail));
  }

  setSession(session) {
    this.session = session;
    this.#emit('session');
  }

  setMe(me) {
    this.me = me;
    this.#emit('me');
  }

  setQuota(quota) {
    if (this.me && quota) this.setMe({ ...this.me, quota: { ...this.me.quota, ...quota } });
  }

  /** @param {import('./types.js').Usage} [usage] of a reply that has ended */
  addCost(usage) {
    if (this.me?.spend && usage) this.setMe({ ...this.me, spend: spendAfter(this.me.spend, usage.cost_usd ?? 0) });
  }

  setOnline(online) {
    this.online = online;
    this.#emit('online');
  }

  setEditing(editing) {
    this.editing = editing;
    this.#emit('editing');
  }

  setList(patch) {
    this.list = { ...this.list, ...patch };
    this.#emit('list');
  }

  /** @returns {Thread} */
  thread(key = this.current) {
    if (!this.#threads.has(key)) this.#threads.set(key, emptyThread(key));
    return this.#threads.get(key);
  }

  show(key) {
    this.current = key;
    this.editing = null;
    this.#emit('editing');
    this.#emit('list');
    this.#emit('thread', this.thread());
  }

  patchThread(key, patch) {
    const thread = Object.assign(this.thread(key), patch);
    this.#emit('thread', thread);
  }

  /** A new conversation got its id: the thread moves to it, and whoever looks at it stays there. */
  nameThread(thread, id) {
    if (thread.id === id) return;
    if (this.#threads.get(thread.key) === thread) this.#threads.delete(thread.key);
    const isCurrent = this.current === thread.key && this.current === NEW;
    Object.assign(thread, { key: id, id });
    this.#threads.set(id, thread);
    if (isCurrent) this.current = id;
    this.#emit('named', { thread, isCurrent });
    this.#emit('thread', thread);
  }

  /** Tells that the server has taken a turn: its conversation is the newest now. */
  begin(thread) {
    this.#emit('begun', { thread });
  }

  dropThread(key) {
    this.#threads.delete(key);
  }

  /** @param {Thread} thread @param {Message} message @param {Partial<Message>} patch */
  patchMessage(thread, message, patch) {
    const settled = 'status' in patch && patch.status !== message.status;
    Object.assign(message, patch);
    this.#emit('message', { thread, message });
    if (settled) this.#emit('thread', thread);
  }

  /** Tells that a turn ended: the reply is announced once. */
  end(thread, reply) {
    this.#emit('ended', { thread, reply });
  }

  clear() {
    this.#threads.clear();
    Object.assign(this, { me: null, current: NEW, editing: null, list: { items: [], cursor: null, status: 'loading' } });
  }
}
