/** A guest's visit: signing in with an invite, keeping `GET /me` current, and signing out. */
import { nextModel } from './account/models.js';
import { nextChange, nextRecovery } from './account/schedule.js';
import { isOnline } from './config.js';
import { ApiError } from './errors.js';
import * as storage from './storage.js';
/** @import { Api } from './api.js' */
/** @import { Conversations } from './conversations.js' */
/** @import { StringKey } from './i18n.js' */
/** @import { Router } from './router.js' */
/** @import { Socket } from './socket.js' */
/** @import { State } from './state.js' */
/** @import { Sender } from './turn/sender.js' */
/** @import { ThreadMessage } from './types.js' */

const FRESH_MS = 60_000;
const GRACE_MS = 1_000; // the clocks of the browser and the server differ
const LONGEST_TIMER_MS = 2 ** 31 - 1; // a browser runs a longer timer at once

/** After these the switch, the quota, a budget or a model differs from what the page believes. */
const OUTDATES_ME = new Set([
  'llm_off',
  'quota_exceeded',
  'budget_exhausted',
  'model_disabled',
  'model_busy',
  'model_unavailable',
  'model_timeout',
]);

export class Session {
  #state;
  #api;
  #socket;
  #sender;
  #conversations;
  #router;
  #readAt = 0;
  /** @type {number[]} */
  #timers = [];

  /**
   * @param {{state: State, api: Api, socket: Socket, sender: Sender, conversations: Conversations,
   *   router: Router}} parts
   */
  constructor({ state, api, socket, sender, conversations, router }) {
    this.#state = state;
    this.#api = api;
    this.#socket = socket;
    this.#sender = sender;
    this.#conversations = conversations;
    this.#router = router;
  }

  start() {
    this.#router.start({ onInvite: () => this.signIn(storage.token.read()) });
    storage.onTokenChange(() => (storage.token.read() ? this.#open() : this.close()));
    for (const type of ['online', 'offline']) addEventListener(type, () => this.#onConnection());
    this.#state.on('me', () => this.#schedule());
    document.addEventListener('visibilitychange', () => this.#refreshIfOld());
    // The owner may switch the model on at any time, and nothing tells the page.
    setInterval(() => this.#state.me?.llm.state === 'on' || this.#refreshIfOld(), FRESH_MS);
    if (storage.token.read()) this.#open();
    else this.#state.setSession({ open: false });
  }

  /** @param {string|null} token */
  signIn(token) {
    if (!token) {
      this.close('inviteMissing');
      return;
    }
    storage.token.save(token);
    this.#open();
  }

  /** @param {StringKey} [reason] the sentence that says why */
  close(reason) {
    const { session } = this.#state;
    if (!session.open && session.reason === reason) return;
    this.#sender.abandonAll();
    this.#socket.close();
    this.#state.setSession({ open: false, reason });
  }

  /** Forgets the invite on this device. */
  forget() {
    storage.forgetGuest();
    history.replaceState(null, '', location.pathname + location.search);
    this.close();
  }

  async refreshMe() {
    this.#readAt = Date.now();
    await this.#guard(async () => this.#state.setMe(await this.#api.me()));
  }

  /** @param {ThreadMessage} reply */
  onTurnEnded({ error, model }) {
    const code = error?.code ?? '';
    if (code === 'unauthorized') {
      this.close('inviteExpired');
      return;
    }
    if (OUTDATES_ME.has(code) || this.#isUnexpected(model)) this.refreshMe();
    if (code === 'not_found') this.#refreshConversations();
  }

  #open() {
    this.#sender.abandonAll();
    this.#state.clear();
    this.#state.setSession({ open: true });
    this.#socket.open();
    this.refreshMe();
    this.#refreshConversations();
    this.#router.show();
  }

  #refreshConversations() {
    return this.#guard(() => this.#conversations.refresh());
  }

  /**
   * Runs a request in the background, where a failure shows in the state or not at all.
   * @param {() => Promise<void>} act
   */
  async #guard(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 'unauthorized') this.close('inviteExpired');
    }
  }

  #onConnection() {
    this.#state.setOnline(isOnline());
    if (!this.#state.online || !this.#state.session.open) return;
    this.refreshMe();
    this.#refreshConversations();
    if (this.#state.thread().status !== 'failed') return;
    this.#guard(() => this.#conversations.open(this.#state.current));
  }

  /**
   * Whether another model wrote than expected, so that one has failed or recovered.
   * @param {string} [model]
   */
  #isUnexpected(model) {
    const { me } = this.#state;
    return Boolean(model && me && nextModel(me.llm).id !== model);
  }

  /** The switch, the budgets, the quota and the models change at moments known in advance. */
  #schedule() {
    const { me } = this.#state;
    this.#timers.forEach(clearTimeout);
    if (!me) return;
    this.#timers = [
      runAt(nextChange(me), () => this.#refreshIfOld(0)),
      runAt(nextRecovery(me), () => this.#state.setMe(me)),
    ];
  }

  #refreshIfOld(age = FRESH_MS - 1_000) {
    const isOld = Date.now() - this.#readAt >= age;
    if (!document.hidden && this.#state.session.open && isOld) this.refreshMe();
  }
}

/**
 * @param {number} moment epoch milliseconds, Infinity for never
 * @param {() => void} act
 * @returns {number} a timer
 */
function runAt(moment, act) {
  const wait = moment - Date.now() + GRACE_MS;
  return wait < Infinity ? setTimeout(act, Math.min(wait, LONGEST_TIMER_MS)) : 0;
}
