/** The guest's conversations: the list, opening one, renaming and deleting. */
import { NEW } from './state.js';
import { outbox } from './storage.js';
import { titleOf } from './title.js';

export class Conversations {
  #state;
  #api;
  #turns;

  /** @param {{state: import('./state.js').State, api: import('./api.js').Api, turns: import('./turn/sender.js').Turns}} parts */
  constructor({ state, api, turns }) {
    this.#state = state;
    this.#api = api;
    this.#turns = turns;
  }

  /** Reads the newest page and keeps the older ones that are already here. */
  async refresh() {
    try {
      const page = await this.#api.conversations();
      const { items, status } = this.#state.list;
      const oldest = page.items.at(-1)?.updated_at ?? '';
      const fresh = new Set(page.items.map((item) => item.id));
      const older = page.next_cursor && status === 'ready' ? items.filter((item) => !fresh.has(item.id) && item.updated_at < oldest) : [];
      const cursor = older.length ? this.#state.list.cursor : page.next_cursor;
      this.#state.setList({ items: [...page.items, ...older], cursor, status: 'ready' });
    } catch (error) {
      if (!this.#state.list.items.length) this.#state.setList({ status: 'failed', error: error.code });
      throw error;
    }
  }

  /** Puts a chat that has just got its id on top. */
  add(id, text) {
    const now = new Date().toISOString();
    const item = { id, title: titleOf(text), created_at: now, updated_at: now };
    this.#state.setList({ items: [item, ...this.#state.list.items.filter((other) => other.id !== id)] });
  }

  /** A turn began in it, so it is the newest now; only one that is not listed here must be asked for. */
  async touch(id) {
    const { items, status } = this.#state.list;
    const item = items.find((one) => one.id === id);
    if (!item || status !== 'ready') return this.refresh();
    const others = items.filter((one) => one !== item);
    this.#state.setList({ items: [{ ...item, updated_at: new Date().toISOString() }, ...others] });
  }

  async loadMore() {
    const page = await this.#api.conversations({ cursor: this.#state.list.cursor });
    const known = new Set(this.#state.list.items.map((item) => item.id));
    const added = page.items.filter((item) => !known.has(item.id));
    this.#state.setList({ items: [...this.#state.list.items, ...added], cursor: page.next_cursor ?? null });
  }

  /** Shows a conversation and reads it again, unless a turn is being written in it right here. */
  async open(key) {
    this.#state.show(key);
    const thread = this.#state.thread(key);
    if (this.#turns.of(thread)) return;
    if (key === NEW) return this.#restoreUnsent(thread);
    if (thread.status !== 'ready') this.#state.patchThread(key, { status: 'loading', error: undefined });
    try {
      const messages = await this.#readAll(key);
      if (this.#turns.of(thread)) return;
      this.#state.patchThread(key, { status: 'ready', messages: withKeys(messages) });
      this.#restoreUnsent(thread);
      this.#turns.follow(thread);
    } catch (error) {
      if (thread.status !== 'ready') this.#state.patchThread(key, { status: 'failed', error: error.code });
      if (error.code === 'unauthorized') throw error;
    }
  }

  async rename(id, title) {
    await this.#api.rename(id, title);
    this.#state.setList({ items: this.#state.list.items.map((item) => (item.id === id ? { ...item, title } : item)) });
    this.#state.patchThread(id, {});
  }

  async remove(id) {
    await this.#api.remove(id);
    this.#forget(id);
    this.#state.setList({ items: this.#state.list.items.filter((item) => item.id !== id) });
  }

  async removeAll() {
    await this.#api.removeAll();
    for (const { id } of this.#state.list.items) this.#forget(id);
    this.#state.setList({ items: [], cursor: null });
  }

  #forget(id) {
    this.#turns.abandon(this.#state.thread(id));
    this.#state.dropThread(id);
    outbox.put(id, null);
  }

  async #readAll(id) {
    const messages = [];
    let cursor;
    do {
      const page = await this.#api.messages(id, { cursor });
      messages.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return messages;
  }

  /** A message that left this device without a sign of arrival is shown as failed, to be sent again with its id. */
  #restoreUnsent(thread) {
    const unsent = outbox.get(thread.key);
    if (!unsent?.message_id) return;
    if (thread.messages.some((message) => message.id === unsent.message_id)) outbox.put(thread.key, null);
    else this.#turns.restore(thread, unsent);
  }
}

/** @param {import('./types.js').Message[]} messages */
const withKeys = (messages) => {
  let asked = '';
  return messages.map((message) => {
    if (message.role === 'user') asked = message.id;
    const error = message.status === 'failed' ? { code: 'broken', retryable: true } : undefined;
    return { ...message, error, key: message.role === 'user' ? message.id : `reply-to:${asked}` };
  });
};
