/**
 * What this device remembers: the invite, the theme, drafts, and messages not yet accepted.
 * Keys carry a version. Where storage is blocked, values last as long as the page does; corrupt
 * values read as empty.
 */
/** @import { UnsentMessage } from './types.js' */

const PREFIX = 'forever-us:1:';
/** @type {Map<string, string|null>} */
const memory = new Map();

/** @param {string} name */
function read(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return memory.get(name) ?? null;
  }
}

/** @param {string} name @param {string|null} value null removes it */
function write(name, value) {
  try {
    if (value) localStorage.setItem(PREFIX + name, value);
    else localStorage.removeItem(PREFIX + name);
  } catch {
    memory.set(name, value);
  }
}

/** @param {string} name @returns {Record<string, unknown>} */
function readObject(name) {
  try {
    const value = JSON.parse(read(name) ?? '{}');
    return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/**
 * Small values by a conversation's key.
 * @template Value
 */
class StoredMap {
  #name;
  #isValue;

  /** @param {string} name @param {(value: unknown) => value is Value} isValue */
  constructor(name, isValue) {
    this.#name = name;
    this.#isValue = isValue;
  }

  /** @param {string} key @returns {Value|null} */
  get(key) {
    const value = readObject(this.#name)[key];
    return this.#isValue(value) ? value : null;
  }

  /** @param {string} key @param {Value|null} value null removes it */
  put(key, value) {
    const { [key]: _former, ...others } = readObject(this.#name);
    const next = value ? { ...others, [key]: value } : others;
    write(this.#name, Object.keys(next).length ? JSON.stringify(next) : null);
  }

  clear() {
    write(this.#name, null);
  }
}

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string';

/** @param {unknown} value @returns {value is UnsentMessage} */
function isUnsent(value) {
  return typeof value === 'object' && value !== null
    && 'message_id' in value && isText(value.message_id) && 'text' in value && isText(value.text);
}

/** The text in the composer, by conversation. */
export const drafts = new StoredMap('drafts', isText);

/** The message sent last, by conversation, until the server has accepted it. */
export const outbox = new StoredMap('outbox', isUnsent);

export const token = {
  read: () => read('token'),
  /** @param {string|null} value */
  save: (value) => write('token', value),
};

export const theme = {
  read: () => read('theme') ?? 'auto',
  /** @param {string} value */
  save: (value) => write('theme', value),
};

/** Forgets everything that belongs to the guest. The theme belongs to the device. */
export function forgetGuest() {
  token.save(null);
  drafts.clear();
  outbox.clear();
}

/** @param {() => void} listener called when another tab changes the invite */
export function onTokenChange(listener) {
  addEventListener('storage', (event) => {
    if (event.key === `${PREFIX}token`) listener();
  });
}
