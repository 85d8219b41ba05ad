/**
 * Brings a turn to its end, whatever breaks on the way. It is sent over the socket, or over HTTP
 * where no socket opens; where deltas are missing, the stored reply is polled. A request sent again
 * with the same message id is the same turn, so in doubt it is sent again.
 */
import { isOnline } from '../config.js';
import { ApiError } from '../errors.js';
import { applyDelta, applyFailure, applyMessage, applyStarted } from './apply.js';
/** @import { Api } from '../api.js' */
/** @import { Socket } from '../socket.js' */
/** @import { State } from '../state.js' */
/** @import { Failure, FinishedFrame, Message, ServerFrame } from '../types.js' */
/** @import { Turn } from './turn.js' */

const START_MS = 15_000;
const SILENCE_MS = 25_000;
const OPEN_MS = 6_000;
const FAILING_OPEN_MS = 1_500;
const POLL_MS = 1_500;
const RESENDS = 2;
const POLL_FAILURES = 20;
const FRAME_BYTES = 30_000; // API Gateway closes a socket over a frame of 32 KB; HTTP takes more

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Delivery {
  #state;
  #api;
  #socket;
  #token;
  /** @type {Map<string, Turn>} by message id */
  #running = new Map();

  /** @param {{state: State, api: Api, socket: Socket, token: () => string|null}} parts */
  constructor({ state, api, socket, token }) {
    this.#state = state;
    this.#api = api;
    this.#socket = socket;
    this.#token = token;
    socket.on('frame', (frame) => this.#onFrame(frame));
    socket.on('close', () => this.#onSocketClose());
  }

  get running() {
    return [...this.#running.values()];
  }

  /** @param {Turn} turn */
  start(turn) {
    this.#running.set(turn.messageId, turn);
    this.#send(turn);
  }

  /** Follows a reply that was found half written. @param {Turn} turn @param {string} replyId */
  resume(turn, replyId) {
    turn.replyId = replyId;
    this.#running.set(turn.messageId, turn);
    this.#poll(turn, replyId);
  }

  /** @param {Turn} turn */
  async stop(turn) {
    turn.stopRequested = true;
    const { replyId } = turn;
    if (!replyId) return; // the request goes out once the reply has an id
    try {
      await this.#api.stop(replyId);
      if (turn.transport === 'socket') return; // `finished` arrives there
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    this.#poll(turn, replyId);
  }

  /** @param {Turn} turn */
  forget(turn) {
    clearTimeout(turn.timer);
    this.#running.delete(turn.messageId);
  }

  /** @param {Turn} turn */
  #isRunning(turn) {
    return this.#running.get(turn.messageId) === turn;
  }

  /** @param {Turn} turn */
  async #send(turn) {
    turn.transport = 'none';
    clearTimeout(turn.timer);
    const frame = { action: /** @type {const} */ ('chat'), token: this.#token(), ...turn.request };
    const fits = new Blob([JSON.stringify(frame)]).size < FRAME_BYTES;
    const timeout = this.#socket.isFailing ? FAILING_OPEN_MS : OPEN_MS;
    const isOpen = fits && (await this.#socket.ready(isOnline() ? timeout : 0));
    if (!this.#isRunning(turn)) return;
    if (isOpen && this.#socket.send(frame)) {
      turn.transport = 'socket';
      this.#watch(turn);
    } else this.#sendOverHttp(turn);
  }

  /** Silence means that something broke. Every frame starts the wait anew. @param {Turn} turn */
  #watch(turn) {
    clearTimeout(turn.timer);
    const { replyId } = turn;
    turn.timer = replyId
      ? setTimeout(() => this.#poll(turn, replyId), SILENCE_MS)
      : setTimeout(() => this.#socket.reconnect(), START_MS); // whose `close` sends the turn again
  }

  #onSocketClose() {
    for (const turn of this.running.filter(({ transport }) => transport === 'socket')) {
      turn.resends += 1;
      if (turn.resends > RESENDS) this.#sendOverHttp(turn);
      else this.#send(turn);
    }
  }

  /** @param {Turn} turn */
  async #sendOverHttp(turn) {
    turn.transport = 'http';
    clearTimeout(turn.timer);
    if (turn.replyId) {
      this.#poll(turn, turn.replyId);
      return;
    }
    try {
      const { conversation_id: conversationId, reply } = await this.#api.chat(turn.request);
      if (!this.#isRunning(turn)) return;
      this.#onStarted(turn, { reply_id: reply.id, conversation_id: conversationId });
      if (!this.#onMessage(turn, reply)) this.#poll(turn, reply.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#isRunning(turn)) this.#fail(turn, error);
    }
  }

  /**
   * Reads the stored reply again and again until it has ended.
   * @param {Turn} turn @param {string} replyId
   */
  async #poll(turn, replyId) {
    if (turn.isPolling) return;
    turn.isPolling = true;
    for (let failures = 0; this.#isRunning(turn); await sleep(POLL_MS)) {
      try {
        const message = await this.#api.message(replyId);
        failures = 0;
        if (!this.#isRunning(turn) || this.#onMessage(turn, message)) return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code !== 'offline') failures += 1;
        const isFinal = error.code === 'unauthorized' || error.code === 'not_found';
        if (!isFinal && failures <= POLL_FAILURES) continue;
        if (this.#isRunning(turn)) this.#fail(turn, error);
        return;
      }
    }
  }

  /** @param {ServerFrame} frame */
  #onFrame(frame) {
    const turn = this.#turnOf(frame);
    if (!turn) return;
    turn.resends = 0;
    if (frame.type === 'started') this.#onStarted(turn, frame);
    else if (frame.type === 'finished') this.#onFinished(turn, frame);
    else if (frame.type === 'failed') this.#fail(turn, frame);
    else if (frame.type === 'delta' && !applyDelta(this.#state, turn, frame)) {
      this.#poll(turn, frame.reply_id);
    }
    if (turn.transport === 'socket' && this.#isRunning(turn)) this.#watch(turn);
  }

  /** @param {ServerFrame} frame */
  #turnOf(frame) {
    if ('message_id' in frame && frame.message_id) return this.#running.get(frame.message_id);
    if ('reply_id' in frame) return this.running.find(({ replyId }) => replyId === frame.reply_id);
    if (frame.type !== 'failed') return undefined;
    // The refusal of a frame that the server could not read names no turn.
    const [turn, ...others] = this.running.filter(({ replyId }) => !replyId);
    return others.length ? undefined : turn;
  }

  /**
   * @param {Turn} turn
   * @param {{reply_id: string, conversation_id: string, title?: string}} frame
   */
  #onStarted(turn, frame) {
    applyStarted(this.#state, turn, frame);
    if (turn.stopRequested) this.stop(turn);
  }

  /** @param {Turn} turn @param {FinishedFrame} frame */
  #onFinished(turn, { message, quota }) {
    this.#state.setQuota(quota);
    this.#onMessage(turn, message);
  }

  /** @param {Turn} turn @param {Message} message @returns {boolean} whether the reply has ended */
  #onMessage(turn, message) {
    const hasEnded = message.status !== 'streaming';
    if (hasEnded) this.forget(turn);
    applyMessage(this.#state, turn, message);
    return hasEnded;
  }

  /** @param {Turn} turn @param {Failure} failure */
  #fail(turn, failure) {
    this.forget(turn);
    applyFailure(this.#state, turn, failure);
  }
}
