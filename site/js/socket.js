/**
 * The only module that knows WebSocket: one connection that comes back by itself.
 * Events: `open`, `frame` (detail: the object received), `lost`.
 */
const PING_MS = 5 * 60_000; // API Gateway drops a socket after 10 idle minutes
const PONG_MS = 10_000;
const OPEN_MS = 10_000;
const SLOWEST_RETRY_MS = 30_000;
const STEADY_MS = 5_000;

export class Socket extends EventTarget {
  #url;
  /** @type {WebSocket|null} */
  #connection = null;
  #attempts = 0;
  #openedAt = Infinity;
  #isWanted = false;
  #timers = { retry: 0, ping: 0, pong: 0, open: 0 };

  /** @param {string} url */
  constructor(url) {
    super();
    this.#url = url;
    addEventListener('online', () => this.wake());
    document.addEventListener('visibilitychange', () => document.hidden || this.wake());
  }

  get isOpen() {
    return this.#connection?.readyState === WebSocket.OPEN;
  }

  /** Whether the last tries to connect have failed. */
  get isFailing() {
    return !this.isOpen && this.#attempts > 1;
  }

  /** Opens the connection, which also warms the function behind it. */
  start() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#connect();
  }

  end() {
    this.#isWanted = false;
    this.#drop();
  }

  /** Tries at once instead of waiting for the next turn of the back-off; an open socket proves that it lives. */
  wake() {
    if (!this.#isWanted) return;
    if (this.isOpen) this.#ping();
    else this.#connect();
  }

  /** Drops a connection that has gone silent, and opens another. */
  renew() {
    this.#drop();
    this.#attempts = 0;
    this.#connect();
  }

  /** @param {object} frame @returns {boolean} whether it was handed to an open connection */
  send(frame) {
    if (!this.isOpen) return false;
    this.#connection.send(JSON.stringify(frame));
    return true;
  }

  /** @param {number} patience milliseconds @returns {Promise<boolean>} whether the connection is open */
  ready(patience) {
    if (this.isOpen) return Promise.resolve(true);
    this.wake();
    return new Promise((resolve) => {
      const opened = () => settle(true);
      const timer = setTimeout(() => settle(false), patience);
      const settle = (result) => {
        clearTimeout(timer);
        this.removeEventListener('open', opened);
        resolve(result);
      };
      this.addEventListener('open', opened);
    });
  }

  #connect() {
    clearTimeout(this.#timers.retry);
    if (!this.#isWanted || this.#connection) return;
    const connection = new WebSocket(this.#url);
    this.#connection = connection;
    this.#timers.open = setTimeout(() => this.#lost(connection), OPEN_MS);
    connection.addEventListener('open', () => {
      if (connection !== this.#connection) return;
      clearTimeout(this.#timers.open);
      this.#openedAt = Date.now();
      this.#timers.ping = setInterval(() => document.hidden || this.#ping(), PING_MS);
      this.dispatchEvent(new Event('open'));
    });
    connection.addEventListener('message', (event) => connection === this.#connection && this.#receive(event.data));
    connection.addEventListener('close', () => this.#lost(connection));
  }

  #receive(data) {
    clearTimeout(this.#timers.pong);
    try {
      this.dispatchEvent(new CustomEvent('frame', { detail: JSON.parse(data) }));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      console.warn('A frame that is not JSON was skipped.');
    }
  }

  #ping() {
    if (!this.send({ action: 'ping' })) return;
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.renew(), PONG_MS);
  }

  #lost(connection) {
    if (connection !== this.#connection) return;
    if (Date.now() - this.#openedAt > STEADY_MS) this.#attempts = 0; // one that opens and closes at once is a failure, too
    this.#openedAt = Infinity;
    this.#drop();
    if (!this.#isWanted || document.hidden) return; // wake() reconnects when someone looks again
    const delay = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.#attempts) * (0.5 + Math.random() / 2);
    this.#attempts += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), delay);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
    if (connection) this.dispatchEvent(new Event('lost'));
  }
}
