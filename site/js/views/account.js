/** The guest, the messages left and the model, in the sidebar and the header; the settings. */
import { messagesLeft } from '../account/limits.js';
import { isFallback, modelLabel, modelPhrase, nextModel } from '../account/models.js';
import { isolate, number, t, time } from '../i18n.js';
import { NEW } from '../state.js';
import { theme } from '../storage.js';
import { actionElement, el, iconButton, part } from './dom.js';
import { modelRows, spendRows } from './settings-rows.js';
/** @import { State } from '../state.js' */
/** @import { Llm, Me } from '../types.js' */
/** @import { Row } from './settings-rows.js' */

export class Account {
  #state;
  #version;
  #account = part('account');
  #settings = part('settings', HTMLDialogElement);
  #theme = part('theme');

  /**
   * @param {object} parts
   * @param {State} parts.state
   * @param {string} parts.version
   * @param {() => void} parts.removeAll
   * @param {() => void} parts.leave
   */
  constructor({ state, version, removeAll, leave }) {
    this.#state = state;
    this.#version = version;
    state.on('me', () => this.#draw());
    state.on(['thread', 'list'], () => this.#drawTitle());
    this.#account.addEventListener('click', (event) => {
      if (actionElement(event)?.dataset.action === 'settings') this.#open();
    });
    part('settings-close').addEventListener('click', () => this.#settings.close());
    part('delete-all').addEventListener('click', () => this.#closeThen(removeAll));
    part('leave').addEventListener('click', () => this.#closeThen(leave));
    this.#theme.addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement) applyTheme(target.value);
    });
    this.#draw();
  }

  #open() {
    for (const input of this.#theme.querySelectorAll('input')) {
      input.checked = input.value === theme.read();
    }
    this.#drawFacts();
    this.#settings.showModal();
  }

  /** @param {() => void} act */
  #closeThen(act) {
    this.#settings.close();
    act();
  }

  #draw() {
    const { me } = this.#state;
    const hadFocus = this.#account.contains(document.activeElement);
    const name = me?.guest.name ?? '';
    const initial = [...name][0]?.toUpperCase() ?? '';
    const attrs = { 'aria-hidden': 'true' };
    const settings = iconButton('settings', t('settings'), 'settings');
    this.#account.replaceChildren(
      el('span', { className: 'avatar', textContent: initial, attrs }),
      el('div', { className: 'account-text' },
        el('p', { className: 'account-name', textContent: name, dir: 'auto' }),
        me && el('p', { className: 'account-quota', textContent: quotaText(me) })),
      settings);
    if (hadFocus) settings.focus();
    if (this.#settings.open) this.#drawFacts();
    drawModel(me?.llm);
  }

  /** A new chat has no title before the server gives it one. */
  #drawTitle() {
    const { current, list } = this.#state;
    const isUntitled = current === NEW && this.#state.thread().messages.length > 0;
    const title = list.items.find((item) => item.id === current)?.title ?? '';
    part('title').textContent = isUntitled ? t('newChat') : title;
    document.title = title ? `${isolate(title)} – Forever Us` : 'Forever Us';
  }

  #drawFacts() {
    const { me } = this.#state;
    /** @type {Row[]} */
    const rows = [...(me ? guestRows(me) : []), [t('factVersion'), this.#version]];
    const shown = rows.filter(([, value]) => value);
    part('facts').replaceChildren(...shown.flatMap(([name, ...values]) => [
      el('dt', { textContent: name }),
      el('dd', { dir: 'auto' }, ...values),
    ]));
  }
}

/** @param {Me} me @returns {Row[]} */
function guestRows(me) {
  const { guest, llm, spend } = me;
  return [
    [t('factGuest'), guest.name],
    [t('factQuota'), quotaText(me)],
    ...modelRows(llm),
    [t('factOn'), llm.state === 'on' && llm.on_until && time(llm.on_until)],
    ...(spend ? spendRows(spend) : []),
  ];
}

/** @param {Me} me */
const quotaText = (me) =>
  t('quotaLeft', { left: number(messagesLeft(me)), limit: number(me.quota.limit) });

/** Shows in the header which model answers. @param {Llm} [llm] */
function drawModel(llm) {
  const pill = part('model');
  pill.hidden = !llm;
  if (!llm) return;
  const { id } = nextModel(llm);
  const labels = { on: modelLabel(id, llm), off: t('modelOff'), paused: t('modelPaused') };
  pill.dataset.state = llm.state === 'on' && isFallback(id, llm) ? 'fallback' : llm.state;
  pill.textContent = labels[llm.state];
  pill.title = modelPhrase(id, llm);
}

/** @param {string} value */
function applyTheme(value) {
  theme.save(value);
  document.documentElement.dataset.theme = value;
}
