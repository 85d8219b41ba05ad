/**
 * The page's state. Every change goes through a method of `State` and emits one event; the views
 * draw what the events tell them.
 */
import { spendAfter } from './account/spend.js';
import { isOnline } from './config.js';
import { Emitter } from './emitter.js';
/** @import { StringKey } from './i18n.js' */
/**
 * @import { ConversationList, EditedMessage, Me, Quota, Thread, ThreadMessage, Usage }
 *   from './types.js'
 */

/**
 * @typedef {object} StateEvents
 * @property {undefined} session
 * @property {undefined} me
 * @property {undefined} list
 * @property {undefined} editing
 * @property {undefined} online
 * @property {Thread} thread
 * @property {{thread: Thread, message: ThreadMessage}} message
 * @property {{thread: Thread, isCurrent: boolean, title?: string}} created a new conversation has
 *   got its id; over HTTP its title is not known yet
 * @property {{thread: Thread}} started the server has accepted a turn
 * @property {{thread: Thread, reply: ThreadMessage}} ended
 */

/** The key of a conversation that has no id yet. */
export const NEW = 'new';

/** @returns {ConversationList} */
const emptyList = () => ({ items: [], cursor: null, status: 'loading' });

/** @param {string} key @returns {Thread} */
function emptyThread(key) {
  if (key === NEW) return { key, status: 'ready', messages: [] };
  return { key, id: key, status: 'empty', messages: [] };
}

/** @extends {Emitter<StateEvents>} */
export class State extends Emitter {
  /** @type {{open: boolean, reason?: StringKey}} `reason` says why it is closed */
  session = { open: false };
  /** @type {Me|null} */
  me = null;
  list = emptyList();
  /** The key of the thread on the screen. */
  current = NEW;
  /** @type {EditedMessage|null} the user message in the composer */
  editing = null;
  online = isOnline();
  /** @type {Map<string, Thread>} */
  #threads = new Map();

  /** @param {State['session']} session */
  setSession(session) {
    this.session = session;
    this.emit('session', undefined);
  }

  /** @param {Me} me */
  setMe(me) {
    this.me = me;
    this.emit('me', undefined);
  }

  /** @param {Quota} [quota] */
  setQuota(quota) {
    if (this.me && quota) this.setMe({ ...this.me, quota });
  }

  /** @param {Usage} [usage] of a reply that has ended */
  addCost(usage) {
    if (!this.me?.spend || !usage) return;
    this.setMe({ ...this.me, spend: spendAfter(this.me.spend, usage.cost_usd) });
  }

  /** @param {boolean} online */
  setOnline(online) {
    this.online = online;
    this.emit('online', undefined);
  }

  /** @param {EditedMessage|null} editing */
  setEditing(editing) {
    this.editing = editing;
    this.emit('editing', undefined);
  }

  /** @param {Partial<ConversationList>} patch */
  patchList(patch) {
    this.list = { ...this.list, ...patch };
    this.emit('list', undefined);
  }

  thread(key = this.current) {
    const thread = this.#threads.get(key) ?? emptyThread(key);
    this.#threads.set(key, thread);
    return thread;
  }

  /** @param {string} key */
  show(key) {
    this.current = key;
    this.editing = null;
    this.emit('editing', undefined);
    this.emit('list', undefined);
    this.emit('thread', this.thread());
  }

  /** @param {string} key @param {Partial<Thread>} [patch] */
  patchThread(key, patch = {}) {
    this.emit('thread', Object.assign(this.thread(key), patch));
  }

  /**
   * Gives a new conversation the id that the server chose. Whoever looks at it keeps looking at it.
   * @param {Thread} thread @param {string} id @param {string} [title]
   */
  assignId(thread, id, title) {
    if (thread.id === id) return;
    if (this.#threads.get(thread.key) === thread) this.#threads.delete(thread.key);
    const isCurrent = this.current === thread.key && this.current === NEW;
    Object.assign(thread, { key: id, id });
    this.#threads.set(id, thread);
    if (isCurrent) this.current = id;
    this.emit('created', { thread, isCurrent, title });
    this.emit('thread', thread);
  }

  /** @param {string} key */
  dropThread(key) {
    this.#threads.delete(key);
  }

  /**
   * @param {Thread} thread @param {ThreadMessage} message
   * @param {Partial<ThreadMessage>} patch
   */
  patchMessage(thread, message, patch) {
    const changesStatus = 'status' in patch && patch.status !== message.status;
    Object.assign(message, patch);
    this.emit('message', { thread, message });
    if (changesStatus) this.emit('thread', thread);
  }

  /** Forgets everything that belongs to the guest. */
  clear() {
    this.#threads.clear();
    this.me = null;
    this.list = emptyList();
    this.current = NEW;
    this.editing = null;
  }
}
