/** Draws growing messages evenly, frame by frame, and rests the longer the dearer a draw is. */
import { Reveal } from './reveal.js';

const STEP_MS = 55; // with 60 frames a second: 15 draws
const REST = 5; // a draw may take a fifth of the time
const LONGEST_STEP_MS = 150;

export class Typist {
  #draw;
  /** @type {Map<string, Reveal>} by the message's key */
  #reveals = new Map();
  /** @type {Set<import('../types.js').Message>} */
  #waiting = new Set();
  #frame = 0;
  #restsUntil = 0;
  #still = matchMedia('(prefers-reduced-motion: reduce)');

  /** @param {(messages: import('../types.js').Message[]) => void} draw */
  constructor(draw) {
    this.#draw = draw;
    document.addEventListener('visibilitychange', () => document.hidden && this.#drawWaiting());
  }

  /** Another conversation is shown: its texts begin as they are. */
  forget() {
    this.#reveals.clear();
    this.#waiting.clear();
  }

  /** Something about the message is new. A hidden tab has no frames, so it draws at once. */
  soon(message) {
    this.#note(message);
    this.#waiting.add(message);
    if (document.hidden) this.#drawWaiting();
    else this.#schedule();
  }

  /** @param {import('../types.js').Message} message @returns {import('../types.js').Message} as it is to be drawn now: what has ended shows so once its text is out */
  asSeen(message) {
    const reveal = this.#note(message);
    const text = reveal.at(performance.now());
    if (!reveal.isBehind) return message;
    this.#waiting.add(message);
    this.#schedule();
    return { ...message, text, status: 'streaming' };
  }

  #note({ key, role, text, status }) {
    const hasEnded = status !== 'pending' && status !== 'streaming';
    if (!this.#reveals.has(key)) this.#reveals.set(key, new Reveal(text, hasEnded));
    const reveal = this.#reveals.get(key);
    reveal.grow(text, hasEnded, performance.now());
    if (role === 'user' || document.hidden || this.#still.matches) reveal.skip();
    return reveal;
  }

  #schedule() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#onFrame());
  }

  #onFrame() {
    this.#frame = 0;
    if (!this.#waiting.size) return;
    if (performance.now() < this.#restsUntil) this.#schedule();
    else this.#drawWaiting();
  }

  #drawWaiting() {
    const began = performance.now();
    const messages = [...this.#waiting];
    this.#waiting.clear();
    if (messages.length) this.#draw(messages);
    const cost = performance.now() - began;
    this.#restsUntil = began + Math.min(LONGEST_STEP_MS, Math.max(STEP_MS, cost * REST));
  }
}
