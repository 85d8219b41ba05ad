/** One turn while it runs: the request, and the text that has arrived. */
/** @import { ChatRequest, Thread, ThreadMessage } from '../types.js' */

export class Turn {
  /** @type {string|undefined} */
  replyId;
  /** How often it was sent again because the socket closed. */
  resends = 0;
  /** The timer that notices silence. */
  timer = 0;
  /** How the reply comes. @type {'none'|'socket'|'http'} */
  transport = 'none';
  isPolling = false;
  stopRequested = false;
  #nextSeq = 0;
  #text = '';
  #hasGap = false;

  /**
   * @param {object} parts
   * @param {Thread} parts.thread
   * @param {ThreadMessage} parts.user
   * @param {ThreadMessage} parts.reply
   * @param {string} parts.messageId
   * @param {string} [parts.replaces]
   */
  constructor({ thread, user, reply, messageId, replaces }) {
    this.thread = thread;
    this.user = user;
    this.reply = reply;
    this.messageId = messageId;
    /** @type {Readonly<ChatRequest>} the same each time it is sent */
    this.request = Object.freeze({
      text: user.text,
      message_id: messageId,
      ...(thread.id && { conversation_id: thread.id }),
      ...(replaces && { replaces }),
    });
  }

  /**
   * The server sends the reply from its first word, for the first time or again.
   * @param {string} replyId
   */
  restart(replyId) {
    this.replyId = replyId;
    this.#nextSeq = 0;
    this.#text = '';
    this.#hasGap = false;
  }

  /**
   * @param {number} seq @param {string} text
   * @returns {boolean} false when a delta is missing, so that the text must be read over HTTP
   */
  append(seq, text) {
    if (seq > this.#nextSeq) this.#hasGap = true;
    if (this.#hasGap) return false;
    if (seq < this.#nextSeq) return true; // a repetition
    this.#nextSeq += 1;
    this.#text += text;
    return true;
  }

  /**
   * The longest text known. The socket and HTTP both give a beginning of the same text, so the
   * longer one is the newer one.
   * @param {string} [stored] the text over HTTP
   */
  longestText(stored = '') {
    const texts = [this.reply.text, this.#text, stored];
    return texts.reduce((longest, text) => (text.length > longest.length ? text : longest));
  }
}
