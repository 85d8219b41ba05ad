/** The WebSocket: one connection that reopens by itself. */
import { Emitter } from './emitter.js';
/** @import { ClientFrame, ServerFrame } from './types.js' */

const PING_MS = 5 * 60_000; // API Gateway closes a socket after 10 idle minutes
const PONG_MS = 10_000;
const OPEN_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const STABLE_MS = 5_000;

/**
 * @typedef {object} SocketEvents
 * @property {undefined} open
 * @property {ServerFrame} frame
 * @property {undefined} close an open or opening connection is gone
 */

/** @extends {Emitter<SocketEvents>} */
export class Socket extends Emitter {
  #url;
  /** @type {WebSocket|null} */
  #connection = null;
  #failures = 0;
  #openedAt = Infinity;
  #isWanted = false;
  #timers = { retry: 0, ping: 0, pong: 0, open: 0 };

  /** @param {string} url */
  constructor(url) {
    super();
    this.#url = url;
    addEventListener('online', () => this.check());
    document.addEventListener('visibilitychange', () => document.hidden || this.check());
  }

  get isOpen() {
    return this.#connection?.readyState === WebSocket.OPEN;
  }

  /** Whether the last attempts to connect have failed. */
  get isFailing() {
    return !this.isOpen && this.#failures > 1;
  }

  /** Connects, which also warms up the function behind the API. */
  open() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#connect();
  }

  close() {
    this.#isWanted = false;
    this.#disconnect();
  }

  /** Pings an open connection, and reopens a closed one at once instead of after its delay. */
  check() {
    if (!this.#isWanted) return;
    if (this.isOpen) this.#ping();
    else this.#connect();
  }

  /** Replaces a connection that has gone silent. */
  reconnect() {
    this.#disconnect();
    this.#failures = 0;
    this.#connect();
  }

  /** @param {ClientFrame} frame @returns {boolean} whether an open connection has taken it */
  send(frame) {
    if (!this.#connection || !this.isOpen) return false;
    this.#connection.send(JSON.stringify(frame));
    return true;
  }

  /**
   * Waits until the connection is open.
   * @param {number} timeout milliseconds
   * @returns {Promise<boolean>} whether it is
   */
  ready(timeout) {
    if (this.isOpen) return Promise.resolve(true);
    this.check();
    const opened = new AbortController();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        opened.abort();
        resolve(false);
      }, timeout);
      this.on('open', () => {
        clearTimeout(timer);
        resolve(true);
      }, { once: true, signal: opened.signal });
    });
  }

  #connect() {
    clearTimeout(this.#timers.retry);
    if (!this.#isWanted || this.#connection) return;
    const connection = new WebSocket(this.#url);
    this.#connection = connection;
    this.#timers.open = setTimeout(() => this.#onClose(connection), OPEN_MS);
    connection.addEventListener('open', () => this.#onOpen(connection));
    connection.addEventListener('message', ({ data }) => this.#onMessage(connection, data));
    connection.addEventListener('close', () => this.#onClose(connection));
  }

  /** @param {WebSocket} connection */
  #onOpen(connection) {
    if (connection !== this.#connection) return;
    clearTimeout(this.#timers.open);
    this.#openedAt = Date.now();
    this.#timers.ping = setInterval(() => document.hidden || this.#ping(), PING_MS);
    this.emit('open', undefined);
  }

  /** @param {WebSocket} connection @param {string} data */
  #onMessage(connection, data) {
    if (connection !== this.#connection) return;
    clearTimeout(this.#timers.pong);
    const frame = parse(data);
    if (frame) this.emit('frame', frame);
    else console.warn('Ignored a frame that is not a JSON object.');
  }

  /** @param {WebSocket} connection */
  #onClose(connection) {
    if (connection !== this.#connection) return;
    // A connection that opens and closes at once counts as a failure, too.
    if (Date.now() - this.#openedAt > STABLE_MS) this.#failures = 0;
    this.#openedAt = Infinity;
    this.#disconnect();
    if (!this.#isWanted || document.hidden) return; // check() reconnects when the tab is visible
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), delay * (0.5 + Math.random() / 2));
  }

  #ping() {
    if (!this.send({ action: 'ping' })) return;
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.reconnect(), PONG_MS);
  }

  #disconnect() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
    if (connection) this.emit('close', undefined);
  }
}

/** @param {string} data @returns {ServerFrame|null} */
function parse(data) {
  try {
    const frame = JSON.parse(data);
    return typeof frame === 'object' ? frame : null;
  } catch {
    return null;
  }
}
