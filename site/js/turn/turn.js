/** One turn while it is being written: what was asked, and the pieces that have come so far. */
export class Turn {
  /** @type {string|undefined} */
  replyId;
  tries = 0;
  timer = 0;
  /** How the reply comes: over the socket, in one HTTP answer, or by reading it again and again. @type {'socket'|'waiting'|'http'} */
  way = 'waiting';
  isPolling = false;
  wantsStop = false;
  #next = 0;
  #text = '';
  #hasGap = false;

  /**
   * @param {object} parts
   * @param {import('../types.js').Thread} parts.thread
   * @param {import('../types.js').Message} parts.user
   * @param {import('../types.js').Message} parts.reply
   * @param {string} [parts.replaces]
   * @param {import('../types.js').Message[]} [parts.removed] what the turn takes the place of, until it has started
   */
  constructor({ thread, user, reply, replaces, removed = [] }) {
    Object.assign(this, { thread, user, reply, removed });
    /** The contract's `chat` frame without the token; over HTTP it is the body. Sent again, it stays the same. */
    this.frame = Object.freeze({
      text: user.text,
      message_id: user.id,
      ...(thread.id && { conversation_id: thread.id }),
      ...(replaces && { replaces }),
    });
  }

  get messageId() {
    return this.user.id;
  }

  /** The server starts, or starts again on another socket: the next piece is number 0. */
  restart(replyId) {
    this.replyId = replyId;
    this.#next = 0;
    this.#text = '';
    this.#hasGap = false;
  }

  /**
   * @param {number} seq @param {string} text
   * @returns {boolean} false when a piece is missing: what is shown must then be read over HTTP
   */
  add(seq, text) {
    if (seq > this.#next) this.#hasGap = true;
    if (seq !== this.#next || this.#hasGap) return !this.#hasGap;
    this.#next += 1;
    this.#text += text;
    return true;
  }

  get hasGap() {
    return this.#hasGap;
  }

  get text() {
    return this.#text;
  }

  /** Both ways bring beginnings of the same text, so the longer one is the newer. */
  longest(other = this.#text) {
    return other.length > this.reply.text.length ? other : this.reply.text;
  }
}
