/**
 * Draws a growing reply evenly. Deltas are large and seldom, because each one costs money, so every
 * arrival spreads the text that is not drawn yet over about the time until the next one. The end of
 * a reply comes quickly.
 */
/** @import { ThreadMessage } from '../types.js' */

const FIRST_GAP_MS = 500;
const SHORTEST_MS = 200;
const LONGEST_MS = 700;
const END_MS = 250;
const MARGIN = 1.1; // a little slower than deltas arrive, so that a late one causes no pause

const STEP_MS = 55; // about 15 draws a second at 60 frames a second
const LONGEST_STEP_MS = 150;
const IDLE_SHARE = 5; // a draw may take a fifth of the time

/** Firefox before 125 has none. There, only surrogate pairs stay together. */
const segmenter = Intl.Segmenter && new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** How much of one growing text is visible. Times are milliseconds of the caller's clock. */
export class Reveal {
  #text;
  #hasEnded;
  #drawn;
  #gap = FIRST_GAP_MS;
  /** @type {number|undefined} when the last delta arrived */
  #arrivedAt;
  #plan = { from: 0, start: 0, end: 0 };

  /** @param {string} text what is visible from the start @param {boolean} hasEnded */
  constructor(text, hasEnded) {
    this.#text = text;
    this.#drawn = text.length;
    this.#hasEnded = hasEnded;
  }

  get isBehind() {
    return this.#drawn < this.#text.length;
  }

  /** @param {string} text the whole text so far @param {boolean} hasEnded @param {number} now */
  grow(text, hasEnded, now) {
    if (text === this.#text && hasEnded === this.#hasEnded) return;
    const isContinued = text.startsWith(this.#text.slice(0, this.#drawn));
    const isLonger = isContinued && text.length > this.#text.length;
    const from = this.#progress(now);
    if (isLonger) this.#measureGap(now);
    // An end without more text does not delay the text that is on its way.
    const latest = isLonger ? Infinity : this.#plan.end;
    const duration = hasEnded ? END_MS : clamp(this.#gap * MARGIN);
    this.#text = text;
    this.#hasEnded = hasEnded;
    if (isContinued) this.#plan = { from, start: now, end: Math.min(latest, now + duration) };
    else this.skip(); // the words that a reader has seen were replaced
  }

  /** Makes the whole text visible. */
  skip() {
    this.#drawn = this.#text.length;
  }

  /** @param {number} now @returns {string} the visible text */
  at(now) {
    if (this.isBehind) this.#drawn = this.#boundary(Math.floor(this.#progress(now)));
    return this.#text.slice(0, this.#drawn);
  }

  /** @param {number} now */
  #measureGap(now) {
    if (this.#arrivedAt !== undefined) {
      this.#gap = (this.#gap + Math.min(LONGEST_MS, now - this.#arrivedAt)) / 2;
    }
    this.#arrivedAt = now;
  }

  /**
   * The place in the text that the plan has reached, perhaps within a character.
   * @param {number} now
   */
  #progress(now) {
    const { from, start, end } = this.#plan;
    const { length } = this.#text;
    if (!this.isBehind || now >= end) return length;
    return from + ((length - from) * (now - start)) / (end - start);
  }

  /**
   * The end of the last whole character, as a reader sees it, at or before a place.
   * @param {number} place
   */
  #boundary(place) {
    if (place >= this.#text.length) return this.#text.length;
    const start = this.#drawn;
    if (place <= start) return start;
    if (!segmenter) return /[\uDC00-\uDFFF]/.test(this.#text.charAt(place)) ? place - 1 : place;
    // A modifier outside the basic plane is known only when both of its code units are there.
    const segments = segmenter.segment(this.#text.slice(start, place + 2));
    return start + (segments.containing(place - start)?.index ?? 0);
  }
}

/** @param {number} ms */
const clamp = (ms) => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms));

/** Redraws the messages that grow, frame by frame. After an expensive draw it waits longer. */
export class RevealLoop {
  #draw;
  /** @type {Map<string, Reveal>} by the message's key */
  #reveals = new Map();
  /** @type {Set<ThreadMessage>} */
  #waiting = new Set();
  #frame = 0;
  #nextDrawAt = 0;
  #reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

  /** @param {(messages: ThreadMessage[]) => void} draw */
  constructor(draw) {
    this.#draw = draw;
    document.addEventListener('visibilitychange', () => document.hidden && this.#drawWaiting());
  }

  /** Forgets the messages, because another conversation is shown. */
  clear() {
    this.#reveals.clear();
    this.#waiting.clear();
  }

  /**
   * Draws a changed message in the next frame. A hidden tab has no frames, so it draws at once.
   * @param {ThreadMessage} message
   */
  schedule(message) {
    this.#update(message);
    this.#waiting.add(message);
    if (document.hidden) this.#drawWaiting();
    else this.#requestFrame();
  }

  /**
   * @param {ThreadMessage} message
   * @returns {ThreadMessage} as it is to be drawn now: still streaming while its text is incomplete
   */
  visible(message) {
    const reveal = this.#update(message);
    const text = reveal.at(performance.now());
    if (!reveal.isBehind) return message;
    this.#waiting.add(message);
    this.#requestFrame();
    return { ...message, text, status: 'streaming' };
  }

  /** @param {ThreadMessage} message */
  #update({ key, role, text, status }) {
    const hasEnded = status !== 'pending' && status !== 'streaming';
    const reveal = this.#reveals.get(key) ?? new Reveal(text, hasEnded);
    this.#reveals.set(key, reveal);
    reveal.grow(text, hasEnded, performance.now());
    if (role === 'user' || document.hidden || this.#reducedMotion.matches) reveal.skip();
    return reveal;
  }

  #requestFrame() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#onFrame());
  }

  #onFrame() {
    this.#frame = 0;
    if (!this.#waiting.size) return;
    if (performance.now() < this.#nextDrawAt) this.#requestFrame();
    else this.#drawWaiting();
  }

  #drawWaiting() {
    const start = performance.now();
    const messages = [...this.#waiting];
    this.#waiting.clear();
    if (messages.length) this.#draw(messages);
    const cost = performance.now() - start;
    const step = Math.max(STEP_MS, cost * IDLE_SHARE);
    this.#nextDrawAt = start + Math.min(LONGEST_STEP_MS, step);
  }
}
