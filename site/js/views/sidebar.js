/** The list of conversations. On a narrow screen it is a drawer over the chat. */
import { failureText, t } from '../i18n.js';
import { actionElement, el, iconButton, part } from './dom.js';
/** @import { State } from '../state.js' */
/** @import { Conversation } from '../types.js' */

const DAY_MS = 86_400_000;

export class Sidebar {
  #state;
  #actions;
  #sidebar = part('sidebar');
  #list = part('list');
  #scrim = part('scrim');
  #menu = part('menu');
  #chat = part('chat');
  #narrow = matchMedia('(max-width: 52rem)');

  /**
   * @param {object} parts
   * @param {State} parts.state
   * @param {() => void} parts.loadMore
   * @param {() => void} parts.reload
   * @param {(item: Conversation) => void} parts.rename
   * @param {(item: Conversation) => void} parts.remove
   */
  constructor({ state, ...actions }) {
    this.#state = state;
    this.#actions = actions;
    state.on(['list', 'thread'], () => this.#draw());
    this.#menu.addEventListener('click', () => this.#toggle(true));
    this.#scrim.addEventListener('click', () => this.close());
    part('sidebar-close').addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => this.#onKey(event));
    this.#narrow.addEventListener('change', () => this.#toggle(false));
    this.#list.addEventListener('click', (event) => this.#onClick(event));
    this.#toggle(false);
  }

  close() {
    if (!this.#sidebar.dataset.open) return;
    this.#toggle(false);
    this.#menu.focus();
  }

  /** @param {KeyboardEvent} event */
  #onKey({ key }) {
    const isDrawerOpen = this.#chat.inert && !document.querySelector('dialog[open]');
    if (key === 'Escape' && isDrawerOpen) this.close();
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const { action, id } = actionElement(event)?.dataset ?? {};
    const item = this.#state.list.items.find((one) => one.id === id);
    if (action === 'more') this.#actions.loadMore();
    else if (action === 'reload') this.#actions.reload();
    else if (action === 'rename' && item) this.#actions.rename(item);
    else if (action === 'remove' && item) this.#actions.remove(item);
    else if (event.target instanceof Element && event.target.closest('a')) this.close();
  }

  /** @param {boolean} isOpen */
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

  /** Redraws the list and puts the focus back to where it was. */
  #draw() {
    const focused = document.activeElement;
    const { id, action } = focused instanceof HTMLElement ? focused.dataset : {};
    this.#list.replaceChildren(...this.#content());
    if (!id) return;
    const ofAction = action ? `[data-action="${action}"]` : ':not([data-action])';
    const again = this.#list.querySelector(`[data-id="${CSS.escape(id)}"]${ofAction}`);
    if (again instanceof HTMLElement) again.focus();
  }

  /** @returns {Node[]} */
  #content() {
    const { items, status, cursor, error = '' } = this.#state.list;
    if (status === 'loading' && !items.length) return skeleton();
    if (status === 'failed') {
      return [note(failureText({ code: error })), textButton('reload', t('reload'))];
    }
    if (!items.length) return [note(t('noConversations'))];
    const more = cursor ? [textButton('more', t('loadMore'))] : [];
    return [...groups(items, this.#state.current), ...more];
  }
}

/** @param {string} text */
const note = (text) => el('p', { className: 'sidebar-note', textContent: text });

/** @param {string} action @param {string} label */
function textButton(action, label) {
  const className = 'link-button sidebar-more';
  return el('button', { type: 'button', className, textContent: label, data: { action } });
}

function skeleton() {
  const className = 'skeleton-line skeleton-row';
  return Array.from({ length: 4 }, () => el('span', { className }));
}

/** @param {Conversation} conversation */
function ageOf({ updated_at: updatedAt }) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const updated = Date.parse(updatedAt);
  if (updated >= midnight) return 'today';
  return updated >= midnight - 6 * DAY_MS ? 'week' : 'earlier';
}

/** @param {Conversation[]} items @param {string} current */
function groups(items, current) {
  const ages = /** @type {const} */ (['today', 'week', 'earlier']);
  return ages.flatMap((age) => {
    const rows = items.filter((item) => ageOf(item) === age).map((item) => row(item, current));
    if (!rows.length) return [];
    return [
      el('h2', { className: 'sidebar-group', textContent: t(age) }),
      el('ul', { className: 'conversations' }, ...rows),
    ];
  });
}

/** @param {Conversation} item @param {string} current */
function row({ id, title: given }, current) {
  const title = given || t('untitled');
  const link = el('a', {
    className: 'conversation-link',
    href: `#c=${id}`,
    dir: 'auto',
    textContent: title,
    title,
    data: { id },
  });
  if (id === current) link.setAttribute('aria-current', 'page');
  const buttons = [
    iconButton('edit', t('renameOne', { title }), 'rename'),
    iconButton('delete', t('deleteOne', { title }), 'remove'),
  ];
  for (const button of buttons) button.dataset.id = id;
  return el('li', { className: 'conversation' },
    link,
    el('span', { className: 'conversation-actions' }, ...buttons));
}
