/** Where a message is written: drafts, Enter, Send and Stop, and why nothing can be sent now. */
import { sendBlocker } from '../account/limits.js';
import { endsSoon } from '../account/schedule.js';
import { moment, pauseText, t, time } from '../i18n.js';
import { NEW } from '../state.js';
import { drafts } from '../storage.js';
import { isTouch, part } from './dom.js';
/** @import { State } from '../state.js' */
/** @import { Sender } from '../turn/sender.js' */
/** @import { EditedMessage, Me } from '../types.js' */

const DRAFT_MS = 300;
const IME_KEY = 229; // what Safari reports for the Enter that ends a composition

export class Composer {
  #state;
  #sender;
  #submit;
  #form = part('composer', HTMLFormElement);
  #text = part('text', HTMLTextAreaElement);
  #send = part('send', HTMLButtonElement);
  #stop = part('stop', HTMLButtonElement);
  #notice = part('notice');
  #editing = part('editing');
  /** The thread that the text belongs to. */
  #key = '';
  /** @type {EditedMessage|null} */
  #wasEditing = null;
  #draftTimer = 0;

  /**
   * @param {object} parts
   * @param {State} parts.state
   * @param {Sender} parts.sender
   * @param {(text: string) => Promise<boolean>} parts.submit resolves to whether the text was sent
   */
  constructor({ state, sender, submit }) {
    this.#state = state;
    this.#sender = sender;
    this.#submit = submit;
    part('hint').textContent = isTouch() ? '' : t('hint');
    if (isTouch()) this.#text.enterKeyHint = 'enter';
    state.on(['thread', 'me', 'online'], () => this.#draw());
    state.on('editing', () => this.#drawEditing());
    state.on('created', ({ thread, isCurrent }) => isCurrent && this.#onCreated(thread.key));
    this.#form.addEventListener('submit', (event) => this.#onSubmit(event));
    this.#text.addEventListener('keydown', (event) => this.#onKey(event));
    this.#text.addEventListener('input', () => this.#onInput());
    this.#stop.addEventListener('click', () => {
      sender.stop(state.thread());
      this.#text.focus();
    });
    part('edit-cancel').addEventListener('click', () => state.setEditing(null));
    addEventListener('pagehide', () => this.#saveDraft());
    addEventListener('resize', () => this.#resize());
  }

  focus() {
    this.#text.focus();
  }

  /** Puts a text in, for the person to read before it is sent. @param {string} text */
  fill(text) {
    this.#text.value = text;
    this.#onInput();
    this.focus();
    this.#text.setSelectionRange(text.length, text.length);
  }

  /** @param {SubmitEvent} event */
  async #onSubmit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text || this.#sender.runningIn(this.#state.thread())) return;
    const key = this.#key;
    if (!(await this.#submit(text))) return;
    this.#wasEditing = null; // so that the draft from before the edit comes back, not the edit
    if (this.#state.editing) this.#state.setEditing(null);
    else drafts.put(key, null);
    this.#showDraft();
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === 'Escape' && this.#state.editing) this.#state.setEditing(null);
    const isComposing = event.isComposing || event.keyCode === IME_KEY;
    if (event.key !== 'Enter' || event.shiftKey || isComposing || isTouch()) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #onInput() {
    this.#resize();
    this.#draw();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#saveDraft(), DRAFT_MS);
  }

  #saveDraft() {
    clearTimeout(this.#draftTimer);
    if (this.#key && !this.#state.editing) drafts.put(this.#key, this.#text.value || null);
  }

  #showDraft() {
    this.#text.value = drafts.get(this.#key) ?? '';
    this.#resize();
  }

  /** A new chat has got its id, so its draft moves there. @param {string} key */
  #onCreated(key) {
    this.#key = key;
    drafts.put(NEW, null);
    this.#saveDraft();
  }

  #drawEditing() {
    const { editing } = this.#state;
    this.#editing.hidden = !editing;
    if (editing && !this.#wasEditing) drafts.put(this.#key, this.#text.value || null);
    if (editing) this.fill(editing.text);
    else if (this.#wasEditing) this.#showDraft();
    this.#wasEditing = editing;
    this.#resize();
    this.#draw();
  }

  #draw() {
    if (this.#key !== this.#state.current) {
      this.#saveDraft();
      this.#key = this.#state.current;
      this.#showDraft();
    }
    const turn = this.#sender.runningIn(this.#state.thread());
    const isBlocked = sendBlocker(this.#state) !== null;
    this.#stop.hidden = !turn;
    this.#send.hidden = Boolean(turn);
    this.#stop.disabled = Boolean(turn?.stopRequested);
    this.#send.disabled = !this.#text.value.trim() || isBlocked;
    const notice = noticeText(this.#state);
    this.#notice.dataset.tone = isBlocked ? 'firm' : 'quiet';
    // The notice is a live region: writing the same text again would announce it again.
    if (this.#notice.textContent !== notice) this.#notice.textContent = notice;
    this.#notice.hidden = !notice;
  }

  #resize() {
    this.#text.style.blockSize = 'auto';
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }
}

/** Why nothing can be sent, or what is good to know before a long message. @param {State} state */
function noticeText(state) {
  const blocker = sendBlocker(state);
  if (blocker === 'offline') return t('isOffline');
  return state.me ? accountNotice(blocker, state.me) : '';
}

/** @param {ReturnType<typeof sendBlocker>} blocker @param {Me} me */
function accountNotice(blocker, me) {
  const { llm, quota } = me;
  if (blocker === 'off') return t('off');
  if (blocker === 'paused') return pauseText(me);
  if (blocker === 'quota') {
    return t('quotaGone', { limit: quota.limit, when: moment(quota.resets_at) });
  }
  return llm.on_until && endsSoon(llm) ? t('onUntil', { time: time(llm.on_until) }) : '';
}
