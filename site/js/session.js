/** A guest's visit: coming in with an invite, keeping `GET /me` fresh, and leaving. */
import { askedNext } from './account/models.js';
import * as storage from './storage.js';
import { nextChange, nextReady } from './account/schedule.js';

const FRESH_MS = 60_000;
const GRACE_MS = 1_000; // two clocks are never quite the same
const LONGEST_TIMER_MS = 2 ** 31 - 1; // a browser runs a longer one at once
/** After these the switch, the quota, the budget or a model is not what the page believes. */
const CHANGES_ME = new Set([
  'llm_off', 'quota_exceeded', 'budget_exhausted', 'model_disabled', 'model_busy', 'model_unavailable', 'model_timeout',
]);

export class Session {
  #parts;
  #readAt = 0;
  #timers = [];

  /** @param {{state: import('./state.js').State, api: import('./api.js').Api, socket: import('./socket.js').Socket,
   *   turns: import('./turn/sender.js').Turns, conversations: import('./conversations.js').Conversations, router: import('./router.js').Router}} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  start() {
    const { state, router } = this.#parts;
    router.start({ invited: () => this.enter(storage.token.read()) });
    storage.onTokenChange(() => (storage.token.read() ? this.open() : this.close()));
    for (const type of ['online', 'offline']) addEventListener(type, () => this.#onConnection());
    state.on('me', () => this.#awaitChange());
    document.addEventListener('visibilitychange', () => this.#refreshStale());
    setInterval(() => state.me?.llm.state === 'on' || this.#refreshStale(), FRESH_MS); // the owner may wake a resting model
    if (storage.token.read()) this.open();
    else state.setSession({ open: false });
  }

  /** @param {string|null} token */
  enter(token) {
    if (!token) return this.close('doorEmpty');
    storage.token.save(token);
    this.open();
  }

  open() {
    const { state, socket, turns, conversations, router } = this.#parts;
    turns.abandonAll();
    state.clear();
    state.setSession({ open: true });
    socket.start();
    this.refreshMe();
    conversations.refresh().catch((error) => this.#onError(error));
    router.show();
  }

  /** @param {string} [reason] key of the sentence that says why */
  close(reason) {
    const { state, socket, turns } = this.#parts;
    if (!state.session.open && state.session.reason === reason) return;
    turns.abandonAll();
    socket.end();
    state.setSession({ open: false, reason });
  }

  forget() {
    storage.forgetGuest();
    history.replaceState(null, '', location.pathname + location.search);
    this.close();
  }

  async refreshMe() {
    const { state, api } = this.#parts;
    this.#readAt = Date.now();
    try {
      state.setMe(await api.me());
    } catch (error) {
      this.#onError(error);
    }
  }

  /** @param {import('./types.js').Message} reply */
  afterTurn(reply) {
    const { code } = reply.error ?? {};
    if (code === 'unauthorized') return this.close('doorExpired');
    if (CHANGES_ME.has(code) || this.#isByAnother(reply)) this.refreshMe();
    if (code === 'not_found') this.#parts.conversations.refresh().catch((error) => this.#onError(error));
  }

  #onConnection() {
    const { state, conversations } = this.#parts;
    state.setOnline(navigator.onLine);
    if (!navigator.onLine || !state.session.open) return;
    this.refreshMe();
    conversations.refresh().catch((error) => this.#onError(error));
    if (state.thread().status === 'failed') conversations.open(state.current).catch((error) => this.#onError(error));
  }

  /** Whether another model wrote than was to be expected: one has failed or is back. */
  #isByAnother({ model }) {
    const { me } = this.#parts.state;
    return Boolean(model && me && askedNext(me.llm).id !== model);
  }

  /** The switch, the budgets, the quota and the models change at known moments. */
  #awaitChange() {
    const { state } = this.#parts;
    const { me } = state;
    this.#timers.forEach(clearTimeout);
    this.#timers = me ? [at(nextChange(me), () => this.#refreshStale(0)), at(nextReady(me), () => state.setMe(me))] : [];
  }

  #refreshStale(age = FRESH_MS - 1_000) {
    const { state } = this.#parts;
    const isOld = Date.now() - this.#readAt >= age;
    if (!document.hidden && state.session.open && isOld) this.refreshMe();
  }

  #onError(error) {
    if (!error.code) throw error;
    if (error.code === 'unauthorized') this.close('doorExpired');
  }
}

/** @param {number} moment epoch milliseconds, Infinity for never @param {() => void} act @returns {number} a timer */
function at(moment, act) {
  const wait = moment - Date.now() + GRACE_MS;
  return wait < Infinity ? setTimeout(act, Math.min(wait, LONGEST_TIMER_MS)) : 0;
}
