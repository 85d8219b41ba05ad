/** The only module that knows HTTP. Every call resolves to the contract's JSON or rejects with an ApiError. */
const TIMEOUT_MS = 35_000; // API Gateway ends an HTTP call after 30 s

export class ApiError extends Error {
  /** @param {{code: string, status?: number, detail?: string, retry_after?: number}} problem */
  constructor({ code, status = 0, detail = '', retry_after }) {
    super(`${code}: ${detail}`);
    Object.assign(this, { code, status, detail, retry_after });
  }
}

/** Sent again without a change, these may well succeed. */
const RETRYABLE = new Set([
  'rate_limited', 'quota_exceeded', 'budget_exhausted', 'llm_off', 'model_disabled', 'model_busy', 'model_unavailable',
  'model_timeout', 'internal', 'conflict', 'network', 'offline', 'unsent', 'broken',
]);

/** @param {string} code */
export const isRetryable = (code) => RETRYABLE.has(code);

export class Api {
  #base;
  #token;

  /** @param {string} base @param {() => string|null} token */
  constructor(base, token) {
    this.#base = base.replace(/\/$/, '');
    this.#token = token;
  }

  /** @returns {Promise<import('./types.js').Me>} */
  me = () => this.#call('GET', '/me');

  conversations = ({ limit = 30, cursor } = {}) => this.#call('GET', `/conversations${query({ limit, cursor })}`);
  rename = (id, title) => this.#call('PATCH', `/conversations/${encodeURIComponent(id)}`, { title });
  remove = (id) => this.#call('DELETE', `/conversations/${encodeURIComponent(id)}`);
  removeAll = () => this.#call('DELETE', '/conversations');

  /** One page of a conversation, oldest first. */
  messages = (id, { limit = 100, cursor } = {}) =>
    this.#call('GET', `/conversations/${encodeURIComponent(id)}/messages${query({ limit, cursor })}`);

  message = (id) => this.#call('GET', `/messages/${encodeURIComponent(id)}`);
  stop = (id) => this.#call('POST', `/messages/${encodeURIComponent(id)}/stop`);
  chat = (turn) => this.#call('POST', '/chat', turn);

  async #call(method, path, body) {
    const response = await this.#fetch(method, path, body);
    const text = await response.text().catch(() => '');
    if (response.ok) return parse(text);
    const problem = parse(text) ?? {};
    throw new ApiError({ code: problem.code ?? codeOf(response.status), status: response.status, detail: problem.detail, retry_after: problem.retry_after });
  }

  async #fetch(method, path, body) {
    const headers = { Authorization: `Bearer ${this.#token() ?? ''}` };
    if (body) headers['Content-Type'] = 'application/json';
    try {
      return await fetch(this.#base + path, {
        method, headers, body: body && JSON.stringify(body), cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ApiError({ code: navigator.onLine ? 'network' : 'offline' });
    }
  }
}

/** An error that API Gateway made by itself carries no code of ours. */
const codeOf = (status) =>
  ({ 400: 'invalid_request', 401: 'unauthorized', 403: 'unauthorized', 404: 'not_found', 413: 'too_large', 429: 'rate_limited', 503: 'model_unavailable', 504: 'model_timeout' })[status] ?? 'internal';

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
}
