/**
 * Carries one turn to its end, whatever breaks on the way: the socket first, HTTP when there is none, reading again
 * when pieces are missing. A frame sent again with the same id is the same turn, so after any doubt it is sent again.
 */
import { ApiError } from '../api.js';
import { Progress } from './apply.js';

const START_MS = 15_000;
const SILENCE_MS = 25_000;
const OPEN_MS = 6_000;
const FAILING_OPEN_MS = 1_500;
const POLL_MS = 1_500;
const RESENDS = 2;
const POLL_FAILURES = 20;
const FRAME_BYTES = 30_000; // API Gateway closes a socket over a frame of 32 KB; HTTP carries more

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** @typedef {import('./turn.js').Turn} Turn */

export class Delivery {
  #progress;
  #api;
  #socket;
  #token;
  /** @type {Map<string, Turn>} by message id */
  #running = new Map();

  /** @param {{state: import('../state.js').State, api: import('../api.js').Api, socket: import('../socket.js').Socket, token: () => string|null}} parts */
  constructor({ state, api, socket, token }) {
    this.#progress = new Progress(state);
    this.#api = api;
    this.#socket = socket;
    this.#token = token;
    socket.addEventListener('frame', (event) => this.#receive(event.detail));
    socket.addEventListener('lost', () => this.#running.forEach((turn) => turn.way === 'socket' && this.#lost(turn)));
  }

  /** @returns {Turn[]} */
  get running() {
    return [...this.#running.values()];
  }

  /** @param {Turn} turn */
  start(turn) {
    this.#running.set(turn.messageId, turn);
    this.#dispatch(turn);
  }

  /** Follows a reply that was found half written. @param {Turn} turn @param {string} replyId */
  resume(turn, replyId) {
    turn.replyId = replyId;
    this.#running.set(turn.messageId, turn);
    this.#poll(turn);
  }

  /** @param {Turn} turn */
  async stop(turn) {
    turn.wantsStop = true;
    if (!turn.replyId) return; // sent as soon as the reply has an id
    try {
      await this.#api.stop(turn.replyId);
      if (turn.way !== 'socket') this.#poll(turn);
    } catch {
      this.#poll(turn);
    }
  }

  /** @param {Turn} turn */
  forget(turn) {
    clearTimeout(turn.timer);
    this.#running.delete(turn.messageId);
  }

  #isRunning(turn) {
    return this.#running.get(turn.messageId) === turn;
  }

  async #dispatch(turn) {
    turn.way = 'waiting';
    clearTimeout(turn.timer);
    const frame = { action: 'chat', token: this.#token(), ...turn.frame };
    const fits = new Blob([JSON.stringify(frame)]).size < FRAME_BYTES;
    const patience = this.#socket.isFailing ? FAILING_OPEN_MS : OPEN_MS;
    const isOpen = fits && (await this.#socket.ready(navigator.onLine ? patience : 0));
    if (!this.#isRunning(turn)) return;
    if (!isOpen || !this.#socket.send(frame)) return this.#overHttp(turn);
    turn.way = 'socket';
    this.#watch(turn);
  }

  /** Every frame pushes the moment back at which silence means that something broke. */
  #watch(turn) {
    clearTimeout(turn.timer);
    turn.timer = setTimeout(() => {
      if (turn.replyId) this.#poll(turn);
      else this.#socket.renew(); // and with that, `lost`
    }, turn.replyId ? SILENCE_MS : START_MS);
  }

  /** The socket broke under the turn: it is sent again on the next one, unless no socket gets anywhere. */
  #lost(turn) {
    turn.tries += 1;
    if (turn.tries > RESENDS) this.#overHttp(turn);
    else this.#dispatch(turn);
  }

  async #overHttp(turn) {
    turn.way = 'http';
    clearTimeout(turn.timer);
    if (turn.replyId) return this.#poll(turn);
    try {
      const { conversation_id: conversationId, reply } = await this.#api.chat(turn.frame);
      if (!this.#isRunning(turn)) return;
      this.#started(turn, { reply_id: reply.id, conversation_id: conversationId });
      if (!this.#adopt(turn, reply)) this.#poll(turn);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#isRunning(turn)) this.#fail(turn, error);
    }
  }

  async #poll(turn) {
    if (turn.isPolling) return;
    turn.isPolling = true;
    for (let failures = 0; this.#isRunning(turn); await sleep(POLL_MS)) {
      try {
        const message = await this.#api.message(turn.replyId);
        failures = 0;
        if (!this.#isRunning(turn) || this.#adopt(turn, message)) return;
      } catch (error) {
        if (error.code !== 'offline') failures += 1;
        const isFinal = error.code === 'unauthorized' || error.code === 'not_found' || failures > POLL_FAILURES;
        if (isFinal && this.#isRunning(turn)) return this.#fail(turn, error);
      }
    }
  }

  #receive(frame) {
    const turn = this.#turnOf(frame ?? {});
    if (!turn) return;
    turn.tries = 0;
    if (turn.way === 'socket') this.#watch(turn);
    if (frame.type === 'started') this.#started(turn, frame);
    else if (frame.type === 'delta') this.#progress.grow(turn, frame) || this.#poll(turn);
    else if (frame.type === 'finished') this.#finished(turn, frame);
    else if (frame.type === 'failed') this.#fail(turn, frame);
  }

  #turnOf({ type, message_id: messageId, reply_id: replyId }) {
    if (messageId) return this.#running.get(messageId);
    if (replyId) return this.running.find((turn) => turn.replyId === replyId);
    const unanswered = this.running.filter((turn) => !turn.replyId); // a refusal of a frame that could not be read names no turn
    return type === 'failed' && unanswered.length === 1 ? unanswered[0] : undefined;
  }

  #started(turn, frame) {
    this.#progress.started(turn, frame);
    if (turn.wantsStop) this.stop(turn);
  }

  #finished(turn, frame) {
    this.#progress.setQuota(frame.quota);
    if (turn.hasGap) return void this.#poll(turn);
    this.forget(turn);
    this.#progress.finish(turn, frame);
  }

  /** @returns {boolean} whether the reply has ended */
  #adopt(turn, message) {
    const hasEnded = message.status !== 'streaming';
    if (hasEnded) this.forget(turn);
    this.#progress.adopt(turn, message);
    return hasEnded;
  }

  #fail(turn, error) {
    this.forget(turn);
    this.#progress.fail(turn, error);
  }
}
