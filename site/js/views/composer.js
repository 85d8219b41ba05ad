/** Where a message is written: drafts, Enter, Send and Stop, and why nothing can be sent right now. */
import { obstacle } from '../account/limits.js';
import { moment, pauseText, t, time } from '../i18n.js';
import { drafts } from '../storage.js';
import { endsSoon } from '../account/schedule.js';
import { isTouch, part } from './dom.js';

const DRAFT_MS = 300;

export class Composer {
  #state;
  #turns;
  #form = part('composer');
  #text = part('text');
  #send = part('send');
  #stop = part('stop');
  #notice = part('notice');
  #editing = part('editing');
  #key = '';
  #wasEditing = null;
  #timer = 0;
  #submit;

  /**
   * @param {{state: import('../state.js').State, turns: import('../turn/sender.js').Turns,
   *   submit: (text: string) => Promise<boolean>, stop: () => void}} parts `submit` tells whether the text was taken
   */
  constructor({ state, turns, submit, stop }) {
    this.#state = state;
    this.#turns = turns;
    this.#submit = submit;
    part('hint').textContent = isTouch() ? '' : t('hint');
    if (isTouch()) this.#text.enterKeyHint = 'enter';
    state.on('thread me online', () => this.#draw());
    state.on('editing', () => this.#drawEditing());
    state.on('named', ({ thread, isCurrent }) => isCurrent && this.#rename(thread.key));
    this.#form.addEventListener('submit', (event) => this.#onSubmit(event));
    this.#text.addEventListener('keydown', (event) => this.#onKey(event));
    this.#text.addEventListener('input', () => this.#onInput());
    this.#stop.addEventListener('click', () => {
      stop();
      this.#text.focus();
    });
    part('edit-cancel').addEventListener('click', () => this.#state.setEditing(null));
    addEventListener('pagehide', () => this.#saveDraft());
    addEventListener('resize', () => this.#resize());
  }

  focus() {
    this.#text.focus();
  }

  /** Puts a text in for the person to look over before it is sent. */
  fill(text) {
    this.#text.value = text;
    this.#onInput();
    this.focus();
    this.#text.setSelectionRange(text.length, text.length);
  }

  async #onSubmit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text || this.#turns.of(this.#state.thread())) return;
    const key = this.#key;
    if (!(await this.#submit(text))) return;
    this.#wasEditing = null; // the edited text is on its way: what was being written before comes back
    if (this.#state.editing) this.#state.setEditing(null);
    else drafts.put(key, null);
    this.#text.value = drafts.get(this.#key) ?? '';
    this.#resize();
    this.#draw();
  }

  #onKey(event) {
    if (event.key === 'Escape' && this.#state.editing) this.#state.setEditing(null);
    const sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && !isTouch();
    if (!sends) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #onInput() {
    this.#resize();
    this.#draw();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#saveDraft(), DRAFT_MS);
  }

  #saveDraft() {
    clearTimeout(this.#timer);
    if (this.#key && !this.#state.editing) drafts.put(this.#key, this.#text.value || null);
  }

  #rename(key) {
    this.#key = key;
    drafts.put('new', null);
    this.#saveDraft();
  }

  #drawEditing() {
    const { editing } = this.#state;
    this.#editing.hidden = !editing;
    if (editing && !this.#wasEditing) drafts.put(this.#key, this.#text.value || null);
    if (editing) this.fill(editing.text);
    else if (this.#wasEditing) this.#text.value = drafts.get(this.#key) ?? '';
    this.#wasEditing = editing;
    this.#resize();
    this.#draw();
  }

  #draw() {
    if (this.#key !== this.#state.current) this.#change();
    const turn = this.#turns.of(this.#state.thread());
    const blocked = obstacle(this.#state);
    this.#stop.hidden = !turn;
    this.#send.hidden = Boolean(turn);
    this.#stop.disabled = Boolean(turn?.wantsStop);
    this.#send.disabled = !this.#text.value.trim() || Boolean(blocked);
    const notice = blocked ? this.#why(blocked) : this.#outlook();
    this.#notice.dataset.tone = blocked ? 'firm' : 'quiet';
    if (this.#notice.textContent !== notice) this.#notice.textContent = notice;
    this.#notice.hidden = !notice;
  }

  #change() {
    this.#saveDraft();
    this.#key = this.#state.current;
    this.#text.value = drafts.get(this.#key) ?? '';
    this.#resize();
  }

  #why(blocked) {
    const { me } = this.#state;
    if (blocked === 'offline') return t('isOffline');
    if (blocked === 'paused') return pauseText(me);
    return blocked === 'quota' ? t('quotaGone', { limit: me.quota.limit, when: moment(me.quota.resets_at) }) : t(blocked);
  }

  /** What a person should know before writing something long. */
  #outlook() {
    const { llm } = this.#state.me ?? {};
    return llm && endsSoon(llm) ? t('onUntil', { time: time(llm.on_until) }) : '';
  }

  #resize() {
    this.#text.style.blockSize = 'auto';
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }
}
