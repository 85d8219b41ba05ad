/** Who is here, how many messages are left, which model answers; the settings hold the details. */
import { messagesLeft } from '../account/limits.js';
import { isolate, number, t, time } from '../i18n.js';
import { askedNext, isStandIn } from '../account/models.js';
import { modelName, modelTitle } from '../account/names.js';
import { theme } from '../storage.js';
import { el, icon, part } from './dom.js';
import { moneyRows } from './money.js';
import { modelRows } from './settings-rows.js';

export class Account {
  #state;
  #version;
  #account = part('account');
  #settings = part('settings');

  /** @param {{state: import('../state.js').State, version: string, removeAll: () => void, leave: () => void}} parts */
  constructor({ state, version, removeAll, leave }) {
    this.#state = state;
    this.#version = version;
    state.on('me', () => this.#draw());
    state.on('thread list', () => this.#drawTitle());
    this.#account.addEventListener('click', (event) => event.target.closest('[data-action="settings"]') && this.#open());
    part('settings-close').addEventListener('click', () => this.#settings.close());
    part('delete-all').addEventListener('click', () => this.#closeThen(removeAll));
    part('leave').addEventListener('click', () => this.#closeThen(leave));
    part('theme').addEventListener('change', (event) => {
      theme.save(event.target.value);
      document.documentElement.dataset.theme = event.target.value;
    });
    this.#draw();
  }

  #open() {
    for (const input of part('theme').querySelectorAll('input')) input.checked = input.value === theme.read();
    this.#drawFacts();
    this.#settings.showModal();
  }

  #closeThen(act) {
    this.#settings.close();
    act();
  }

  #draw() {
    const { me } = this.#state;
    const hadFocus = this.#account.contains(document.activeElement);
    const name = me?.guest?.name ?? '';
    const settings = el('button', { type: 'button', className: 'icon-button', title: t('settings'), data: { action: 'settings' }, attrs: { 'aria-label': t('settings') } }, icon('settings'));
    this.#account.replaceChildren(
      el('span', { className: 'avatar', textContent: [...name][0]?.toUpperCase() ?? '', attrs: { 'aria-hidden': 'true' } }),
      el('div', { className: 'account-text' }, el('p', { className: 'account-name', textContent: name, dir: 'auto' }), me && this.#quota(me)),
      settings);
    if (hadFocus) settings.focus();
    if (this.#settings.open) this.#drawFacts();
    this.#drawModel();
  }

  #quota(me) {
    const left = messagesLeft(me);
    return left === null ? null : el('p', { className: 'account-quota', textContent: t('quotaLeft', { left: number(left), limit: number(me.quota.limit) }) });
  }

  #drawModel() {
    const pill = part('model');
    const { llm } = this.#state.me ?? {};
    pill.hidden = !llm;
    if (!llm) return;
    const { id } = askedNext(llm);
    const words = { on: modelName(id, llm), off: t('modelOff'), paused: t('modelPaused') };
    pill.dataset.state = llm.state === 'on' && isStandIn(id, llm) ? 'stand-in' : llm.state;
    pill.textContent = words[llm.state] ?? llm.state;
    pill.title = modelTitle(id, llm);
  }

  #drawTitle() {
    const { current, list } = this.#state;
    const title = list.items.find((item) => item.id === current)?.title ?? '';
    part('title').textContent = title;
    document.title = title ? `${isolate(title)} – Forever Us` : 'Forever Us';
  }

  #drawFacts() {
    const { me } = this.#state;
    const left = me && messagesLeft(me);
    const rows = [
      [t('factGuest'), me?.guest?.name],
      [t('factQuota'), typeof left === 'number' && t('quotaLeft', { left: number(left), limit: number(me.quota.limit) })],
      ...modelRows(me?.llm),
      [t('factOn'), me?.llm?.state === 'on' && me.llm.on_until && time(me.llm.on_until)],
      ...moneyRows(me?.spend),
      [t('factVersion'), this.#version],
    ];
    part('facts').replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, ...value]) => [el('dt', { textContent: name }), el('dd', { dir: 'auto' }, ...value)]));
  }
}
