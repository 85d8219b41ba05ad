/** The HTTP API. Every call resolves to the API's JSON or rejects with an ApiError. */
import { isOnline } from './config.js';
import { ApiError, unexplained } from './errors.js';
/**
 * @import { ChatRequest, ChatResponse, Conversation, Me, Message, Page, Problem } from './types.js'
 */

const TIMEOUT_MS = 35_000; // API Gateway ends a request after 30 s

/** The codes of API Gateway's own errors, which have a status alone. */
const CODES = new Map([
  [400, 'invalid_request'],
  [401, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'not_found'],
  [413, 'too_large'],
  [429, 'rate_limited'],
  [503, 'model_unavailable'],
  [504, 'model_timeout'],
]);

export class Api {
  #base;
  #token;

  /** @param {string} base @param {() => string|null} token */
  constructor(base, token) {
    this.#base = base.replace(/\/$/, '');
    this.#token = token;
  }

  /** @returns {Promise<Me>} */
  me() {
    return this.#call('GET', '/me');
  }

  /**
   * @param {{limit?: number, cursor?: string|null}} [options]
   * @returns {Promise<Page<Conversation>>} newest activity first
   */
  conversations({ limit = 30, cursor } = {}) {
    return this.#call('GET', `/conversations${query({ limit, cursor })}`);
  }

  /** @param {string} id @param {string} title @returns {Promise<Conversation>} */
  rename(id, title) {
    return this.#call('PATCH', `/conversations/${encodeURIComponent(id)}`, { title });
  }

  /** @param {string} id @returns {Promise<null>} */
  remove(id) {
    return this.#call('DELETE', `/conversations/${encodeURIComponent(id)}`);
  }

  /** @returns {Promise<null>} */
  removeAll() {
    return this.#call('DELETE', '/conversations');
  }

  /**
   * @param {string} id a conversation's
   * @param {{limit?: number, cursor?: string|null}} [options]
   * @returns {Promise<Page<Message>>} oldest first
   */
  messages(id, { limit = 100, cursor } = {}) {
    const path = `/conversations/${encodeURIComponent(id)}/messages`;
    return this.#call('GET', path + query({ limit, cursor }));
  }

  /** @param {string} id @returns {Promise<Message>} */
  message(id) {
    return this.#call('GET', `/messages/${encodeURIComponent(id)}`);
  }

  /** @param {string} id a reply's @returns {Promise<null>} */
  stop(id) {
    return this.#call('POST', `/messages/${encodeURIComponent(id)}/stop`);
  }

  /** @param {ChatRequest} request @returns {Promise<ChatResponse>} once the reply has ended */
  chat(request) {
    return this.#call('POST', '/chat', request);
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async #call(method, path, body) {
    const { status, ok, text } = await this.#fetch(method, path, body);
    const answer = parse(text);
    if (ok && (answer || !text)) return answer;
    if (ok) throw new ApiError(unexplained('network')); // such as a hotel's sign-in page
    if (isProblem(answer)) throw new ApiError(answer);
    throw new ApiError(unexplained(CODES.get(status) ?? 'internal'));
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async #fetch(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${this.#token() ?? ''}` };
    if (body) headers['Content-Type'] = 'application/json';
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers,
        body: body && JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, ok: response.ok, text: await response.text() };
    } catch {
      throw new ApiError(unexplained(isOnline() ? 'network' : 'offline'));
    }
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {unknown} answer @returns {answer is Problem} */
function isProblem(answer) {
  return typeof answer === 'object' && answer !== null
    && 'code' in answer && typeof answer.code === 'string'
    && 'retryable' in answer && typeof answer.retryable === 'boolean';
}

/** @param {Record<string, string|number|null|undefined>} values */
function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  return `?${parameters}`;
}
