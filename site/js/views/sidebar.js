/** The list of conversations; on a narrow screen a drawer over the chat. */
import { errorText, t } from '../i18n.js';
import { el, iconButton, part } from './dom.js';

const DAY_MS = 86_400_000;

export class Sidebar {
  #state;
  #sidebar = part('sidebar');
  #list = part('list');
  #scrim = part('scrim');
  #menu = part('menu');
  #chat = part('chat');
  #narrow = matchMedia('(max-width: 52rem)');

  /**
   * @param {{state: import('../state.js').State, more: () => Promise<void>, reload: () => void,
   *   rename: (item: import('../types.js').Conversation) => void, remove: (item: import('../types.js').Conversation) => void}} parts
   */
  constructor({ state, more, reload, rename, remove }) {
    this.#state = state;
    state.on('list thread', () => this.#draw());
    this.#menu.addEventListener('click', () => this.#toggle(true));
    for (const closer of [this.#scrim, part('sidebar-close')]) closer.addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.#chat.inert && !document.querySelector('dialog[open]') && this.close());
    this.#narrow.addEventListener('change', () => this.#toggle(false));
    this.#toggle(false);
    this.#list.addEventListener('click', (event) => {
      const { action, id } = event.target.closest('[data-action]')?.dataset ?? {};
      const item = state.list.items.find((one) => one.id === id);
      if (action === 'more') more();
      else if (action === 'reload') reload();
      else if (action === 'rename') rename(item);
      else if (action === 'remove') remove(item);
      else if (event.target.closest('a')) this.close();
    });
  }

  close() {
    if (!this.#sidebar.dataset.open) return;
    this.#toggle(false);
    this.#menu.focus();
  }

  #toggle(isOpen) {
    const isDrawer = this.#narrow.matches;
    if (isOpen) this.#sidebar.dataset.open = 'true';
    else delete this.#sidebar.dataset.open;
    this.#sidebar.inert = isDrawer && !isOpen;
    this.#chat.inert = isDrawer && isOpen;
    this.#scrim.hidden = !(isDrawer && isOpen);
    this.#menu.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) part('sidebar-close').focus();
  }

  #draw() {
    const focused = document.activeElement?.closest?.('[data-id], a')?.dataset;
    const { items, status, cursor, error } = this.#state.list;
    if (status === 'loading' && !items.length) this.#list.replaceChildren(...bones());
    else if (status === 'failed') this.#list.replaceChildren(el('p', { className: 'sidebar-note', textContent: errorText({ code: error }) }), textButton('reload', t('reload')));
    else if (!items.length) this.#list.replaceChildren(el('p', { className: 'sidebar-note', textContent: t('noConversations') }));
    else this.#list.replaceChildren(...groups(items, this.#state.current), ...(cursor ? [textButton('more', t('loadMore'))] : []));
    if (focused?.id) this.#list.querySelector(`[data-id="${CSS.escape(focused.id)}"]${focused.action ? `[data-action="${focused.action}"]` : ''}`)?.focus();
  }
}

const textButton = (action, label) => el('button', { type: 'button', className: 'link-button sidebar-more', textContent: label, data: { action } });

const bones = () => [1, 2, 3, 4].map(() => el('span', { className: 'bone bone-line' }));

function groups(items, current) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const groupOf = ({ updated_at: at }) => {
    const then = Date.parse(at);
    if (then >= midnight) return 'today';
    return then >= midnight - 6 * DAY_MS ? 'week' : 'earlier';
  };
  return ['today', 'week', 'earlier'].flatMap((name) => {
    const members = items.filter((item) => groupOf(item) === name);
    if (!members.length) return [];
    return [el('h2', { className: 'sidebar-group', textContent: t(name) }), el('ul', { className: 'conversations' }, ...members.map((item) => row(item, current)))];
  });
}

function row(item, current) {
  const title = item.title || t('untitled');
  const link = el('a', { className: 'conversation-link', href: `#c=${item.id}`, dir: 'auto', textContent: title, title, data: { id: item.id } });
  if (item.id === current) link.setAttribute('aria-current', 'page');
  const buttons = [iconButton('edit', t('renameOne', { title }), 'rename'), iconButton('delete', t('deleteOne', { title }), 'remove')];
  for (const button of buttons) button.dataset.id = item.id;
  return el('li', { className: 'conversation' }, link, el('span', { className: 'conversation-actions' }, ...buttons));
}
