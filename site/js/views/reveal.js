/**
 * How much of a growing text is drawn at a moment. Pieces arrive large and seldom, since each one costs money;
 * every arrival spreads what is not drawn yet over about the time until the next one, and the end comes quickly.
 * Times are milliseconds of any one clock, which the caller hands in.
 */
const FIRST_GAP_MS = 500;
const SHORTEST_MS = 200;
const LONGEST_MS = 700;
const END_MS = 250;
const MARGIN = 1.1; // a little slower than the pieces come, so that a late one is not waited for

/** Missing in Firefox before 125, where only surrogates are held together. */
const segmenter = Intl.Segmenter && new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export class Reveal {
  #text;
  #hasEnded;
  #drawn;
  #gap = FIRST_GAP_MS;
  /** @type {number|undefined} when the last piece came */
  #arrival;
  #plan = { from: 0, since: 0, until: 0 };

  /** @param {string} text what is drawn from the start @param {boolean} hasEnded */
  constructor(text, hasEnded) {
    this.#text = text;
    this.#drawn = text.length;
    this.#hasEnded = hasEnded;
  }

  get isBehind() {
    return this.#drawn < this.#text.length;
  }

  /** The whole text so far. @param {string} text @param {boolean} hasEnded @param {number} now */
  grow(text, hasEnded, now) {
    if (text === this.#text && hasEnded === this.#hasEnded) return;
    const isContinued = text.startsWith(this.#text.slice(0, this.#drawn));
    const isLonger = isContinued && text.length > this.#text.length;
    const from = this.#due(now);
    if (isLonger) this.#learn(now);
    const soonest = isLonger ? Infinity : this.#plan.until; // an end without news does not slow down what is on its way
    this.#text = text;
    this.#hasEnded = hasEnded;
    if (!isContinued) return this.skip(); // other words in place of what a reader has seen
    this.#plan = { from, since: now, until: Math.min(soonest, now + (hasEnded ? END_MS : clamp(this.#gap * MARGIN))) };
  }

  /** Everything at once. */
  skip() {
    this.#drawn = this.#text.length;
  }

  /** @param {number} now @returns {string} what is to be drawn */
  at(now) {
    if (this.isBehind) this.#drawn = this.#boundary(Math.floor(this.#due(now)));
    return this.#text.slice(0, this.#drawn);
  }

  #learn(now) {
    if (this.#arrival !== undefined) this.#gap = (this.#gap + Math.min(LONGEST_MS, now - this.#arrival)) / 2;
    this.#arrival = now;
  }

  /** The place in the text, between two characters perhaps, that the plan has reached. */
  #due(now) {
    const { from, since, until } = this.#plan;
    const { length } = this.#text;
    return !this.isBehind || now >= until ? length : from + ((length - from) * (now - since)) / (until - since);
  }

  /** The last end of a whole character, as a reader sees it, at or before `place`. */
  #boundary(place) {
    if (place >= this.#text.length) return this.#text.length;
    const start = this.#drawn;
    if (place <= start) return start;
    if (!segmenter) return place - Number(/[\uDC00-\uDFFF]/.test(this.#text[place]));
    // Two units more: a modifier outside the basic plane must be whole to be known as one.
    return start + segmenter.segment(this.#text.slice(start, place + 2)).containing(place - start).index;
  }
}

const clamp = (ms) => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms));
