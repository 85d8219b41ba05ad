/** The guest's conversations: the list, opening one, renaming and deleting. */
import { ApiError, unexplained } from './errors.js';
import { NEW } from './state.js';
import { outbox } from './storage.js';
import { replyKey } from './turn/sender.js';
/** @import { Api } from './api.js' */
/** @import { State } from './state.js' */
/** @import { Sender } from './turn/sender.js' */
/** @import { Message, Page, Thread, ThreadMessage } from './types.js' */

export class Conversations {
  #state;
  #api;
  #sender;

  /** @param {{state: State, api: Api, sender: Sender}} parts */
  constructor({ state, api, sender }) {
    this.#state = state;
    this.#api = api;
    this.#sender = sender;
  }

  /** Reads the newest page, and keeps older conversations that are already listed. */
  async refresh() {
    try {
      const page = await this.#api.conversations();
      const { list } = this.#state;
      const oldest = page.items.at(-1)?.updated_at ?? '';
      const ids = new Set(page.items.map(({ id }) => id));
      const hasOlder = page.next_cursor && list.status === 'ready';
      const older = hasOlder
        ? list.items.filter((item) => !ids.has(item.id) && item.updated_at < oldest)
        : [];
      const cursor = older.length ? list.cursor : page.next_cursor;
      this.#state.patchList({ items: [...page.items, ...older], cursor, status: 'ready' });
    } catch (error) {
      if (error instanceof ApiError && !this.#state.list.items.length) {
        this.#state.patchList({ status: 'failed', error: error.code });
      }
      throw error;
    }
  }

  /** Puts a new conversation on top. @param {string} id @param {string} title */
  add(id, title) {
    const now = new Date().toISOString();
    const others = this.#state.list.items.filter((item) => item.id !== id);
    const item = { id, title, created_at: now, updated_at: now };
    this.#state.patchList({ items: [item, ...others] });
  }

  /**
   * Moves a conversation to the top because a turn has started there. One that is not listed has
   * to be read.
   * @param {string} id
   */
  async touch(id) {
    const { items, status } = this.#state.list;
    const item = items.find((one) => one.id === id);
    if (!item || status !== 'ready') {
      await this.refresh();
      return;
    }
    const others = items.filter((one) => one !== item);
    const touched = { ...item, updated_at: new Date().toISOString() };
    this.#state.patchList({ items: [touched, ...others] });
  }

  async loadMore() {
    const page = await this.#api.conversations({ cursor: this.#state.list.cursor });
    const { items } = this.#state.list;
    const ids = new Set(items.map(({ id }) => id));
    const added = page.items.filter(({ id }) => !ids.has(id));
    this.#state.patchList({ items: [...items, ...added], cursor: page.next_cursor ?? null });
  }

  /**
   * Shows a conversation and reads it again, unless this page is running a turn in it.
   * @param {string} key
   */
  async open(key) {
    this.#state.show(key);
    const thread = this.#state.thread(key);
    if (this.#sender.runningIn(thread)) return;
    if (key === NEW) {
      this.#sender.restoreUnsent(thread);
      return;
    }
    if (thread.status !== 'ready') {
      this.#state.patchThread(key, { status: 'loading', error: undefined });
    }
    try {
      await this.#load(thread);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (thread.status !== 'ready') {
        this.#state.patchThread(key, { status: 'failed', error: error.code });
      }
      if (error.code === 'unauthorized') throw error;
    }
  }

  /** @param {string} id @param {string} title */
  async rename(id, title) {
    await this.#api.rename(id, title);
    const { items } = this.#state.list;
    const renamed = items.map((item) => (item.id === id ? { ...item, title } : item));
    this.#state.patchList({ items: renamed });
    this.#state.patchThread(id);
  }

  /** @param {string} id */
  async remove(id) {
    await this.#api.remove(id);
    this.#forget(id);
    this.#state.patchList({ items: this.#state.list.items.filter((item) => item.id !== id) });
  }

  async removeAll() {
    await this.#api.removeAll();
    for (const { id } of this.#state.list.items) this.#forget(id);
    this.#state.patchList({ items: [], cursor: null });
  }

  /** @param {string} id */
  #forget(id) {
    this.#sender.abandon(this.#state.thread(id));
    this.#state.dropThread(id);
    outbox.put(id, null);
  }

  /** @param {Thread} thread */
  async #load(thread) {
    const stored = await this.#readAll(thread.key);
    if (this.#sender.runningIn(thread)) return;
    this.#state.patchThread(thread.key, { status: 'ready', messages: toThreadMessages(stored) });
    this.#sender.restoreUnsent(thread);
    this.#sender.resume(thread);
  }

  /** @param {string} id */
  async #readAll(id) {
    /** @type {Message[]} */
    const messages = [];
    /** @type {string|null} */
    let cursor = null;
    do {
      /** @type {Page<Message>} */
      const page = await this.#api.messages(id, { cursor });
      messages.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return messages;
  }
}

/** @param {Message[]} messages @returns {ThreadMessage[]} */
function toThreadMessages(messages) {
  let asked = '';
  return messages.map((message) => {
    if (message.role === 'user') asked = message.id;
    const key = message.role === 'user' ? message.id : replyKey(asked);
    const error = message.status === 'failed' ? unexplained('broken') : undefined;
    return { ...message, key, error };
  });
}
