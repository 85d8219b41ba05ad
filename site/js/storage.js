/**
 * What this device remembers: the invite, the theme, drafts, and messages on their way.
 * The key carries a version; blocked storage lasts for the page's life, and corrupt state loads as empty.
 */
const PREFIX = 'forever-us:1:';
const memory = new Map();

/** @param {string} name */
function read(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return memory.get(name) ?? null;
  }
}

/** @param {string} name @param {string|null} value null forgets it */
function write(name, value) {
  try {
    if (value) localStorage.setItem(PREFIX + name, value);
    else localStorage.removeItem(PREFIX + name);
  } catch {
    memory.set(name, value);
  }
}

/** @param {string} name */
function readObject(name) {
  try {
    const value = JSON.parse(read(name) ?? '{}');
    return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** A named map of small values, one per conversation. */
class Shelf {
  #name;

  constructor(name) {
    this.#name = name;
  }

  get(key) {
    return readObject(this.#name)[key] ?? null;
  }

  put(key, value) {
    const { [key]: _old, ...rest } = readObject(this.#name);
    const next = value ? { ...rest, [key]: value } : rest;
    write(this.#name, Object.keys(next).length ? JSON.stringify(next) : null);
  }

  clear() {
    write(this.#name, null);
  }
}

/** Text being written, by conversation. */
export const drafts = new Shelf('drafts');

/** The message sent last and not yet known to have started, by conversation: `{message_id, text, replaces}`. */
export const outbox = new Shelf('outbox');

export const token = { read: () => read('token'), save: (value) => write('token', value) };
export const theme = { read: () => read('theme') ?? 'auto', save: (value) => write('theme', value) };

/** Forgets everything that belongs to the guest. The theme belongs to the device. */
export function forgetGuest() {
  token.save(null);
  drafts.clear();
  outbox.clear();
}

/** @param {() => void} changed called when another tab changes the invite */
export function onTokenChange(changed) {
  addEventListener('storage', (event) => {
    if (event.key === `${PREFIX}token`) changed();
  });
}
