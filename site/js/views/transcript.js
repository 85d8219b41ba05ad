/** The conversation in the middle: messages by key, the empty state, loading and failure. */
import { errorText, ideas, t } from '../i18n.js';
import { writerOf } from '../account/names.js';
import { copyFrom, el, icon, part } from './dom.js';
import { Follower } from './autoscroll.js';
import { createMessage, updateMessage } from './message.js';
import { Typist } from './typist.js';

export class Transcript {
  #state;
  #turns;
  #root = part('transcript');
  #follower = new Follower(this.#root, part('jump'));
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  #shown = null;
  #models = '';
  #typist = new Typist((messages) => this.#redraw(messages));

  /**
   * @param {{state: import('../state.js').State, turns: import('../turn/sender.js').Turns,
   *   on: Record<string, (thread: import('../types.js').Thread, message: import('../types.js').Message, user: import('../types.js').Message) => void>,
   *   idea: (text: string) => void, reload: () => void}} parts `on` has one entry for each `data-action` of a message
   */
  constructor({ state, turns, on, idea, reload }) {
    this.#state = state;
    this.#turns = turns;
    state.on('thread', (thread) => thread === state.thread() && this.#draw(thread));
    state.on('me', () => this.#onMe());
    state.on('message', ({ thread, message }) => thread === state.thread() && this.#typist.soon(message));
    this.#root.addEventListener('click', (event) => {
      const button = event.target.closest('[data-action]');
      const { action } = button?.dataset ?? {};
      if (action === 'idea') idea(button.textContent);
      else if (action === 'reload') reload();
      else if (action === 'copy-code') copyFrom(button, button.closest('figure').querySelector('code').textContent, t('copied'));
      else if (action) this.#act(button, action, on);
    });
  }

  /** Most news of it shows elsewhere. */
  #onMe() {
    const models = JSON.stringify(this.#state.me?.llm?.models?.map(({ id, name }) => [id, name]));
    const thread = this.#state.thread();
    if (thread.messages.length && models === this.#models) return;
    this.#models = models;
    this.#draw(thread);
  }

  #act(button, action, on) {
    const thread = this.#state.thread();
    const index = thread.messages.findIndex((item) => item.key === button.closest('[data-key]').dataset.key);
    const message = thread.messages[index];
    const user = message.role === 'user' ? message : thread.messages[index - 1];
    if (action === 'copy') copyFrom(button, message.text, t('copied'));
    else on[action](thread, message, user);
  }

  #redraw(messages) {
    const thread = this.#state.thread();
    for (const message of messages) {
      const element = this.#elements.get(message.key);
      if (element && thread.messages.includes(message)) this.#update(element, thread, message);
    }
    this.#follower.follow();
  }

  #update(element, thread, message) {
    updateMessage(element, this.#typist.asSeen(message), this.#placeOf(thread, message));
  }

  #placeOf(thread, message) {
    const writer = message.model && writerOf(message.model, this.#state.me?.llm);
    return { isLast: thread.messages.at(-1) === message, isBusy: Boolean(this.#turns.of(thread)), writer };
  }

  /** @param {import('../types.js').Thread} thread */
  #draw(thread) {
    const isOther = this.#shown !== thread;
    if (isOther) {
      this.#elements.clear();
      this.#typist.forget();
    }
    const grew = thread.messages.length > this.#elements.size;
    this.#shown = thread;
    this.#root.setAttribute('aria-busy', String(thread.status === 'loading' || Boolean(this.#turns.of(thread))));
    if (thread.messages.length) this.#drawMessages(thread);
    else {
      this.#elements.clear();
      this.#root.replaceChildren(this.#instead(thread));
    }
    if (!thread.messages.length) this.#follower.toStart();
    else if (isOther || grew) this.#follower.toEnd();
    else this.#follower.follow();
  }

  #drawMessages(thread) {
    const keys = new Set(thread.messages.map((message) => message.key));
    for (const key of this.#elements.keys()) if (!keys.has(key)) this.#elements.delete(key);
    const elements = thread.messages.map((message) => {
      const element = this.#elements.get(message.key) ?? createMessage(message);
      this.#elements.set(message.key, element);
      this.#update(element, thread, message);
      return element;
    });
    const isSame = elements.length === this.#root.children.length && elements.every((element, index) => element === this.#root.children[index]);
    if (isSame) return; // moving a node would drop focus and selection
    for (const child of [...this.#root.children]) if (!elements.includes(child)) child.remove();
    elements.forEach((element, index) => this.#root.children[index] === element || this.#root.insertBefore(element, this.#root.children[index] ?? null));
  }

  #instead(thread) {
    if (thread.status === 'failed') {
      return el('div', { className: 'empty' }, el('p', { textContent: errorText({ code: thread.error }) }),
        thread.error !== 'not_found' && el('button', { type: 'button', className: 'button', data: { action: 'reload' } }, icon('again'), t('reload')));
    }
    if (thread.id && thread.status !== 'ready') return skeleton();
    return this.#greeting();
  }

  #greeting() {
    const name = this.#state.me?.guest?.name;
    return el('div', { className: 'empty' },
      el('img', { className: 'empty-logo', src: 'logo.svg', alt: '', width: 88, height: 56 }),
      el('h2', { className: 'empty-title', textContent: name ? t('greeting', { name }) : t('greetingPlain') }),
      el('p', { className: 'empty-text', textContent: t('emptyText') }),
      el('div', { className: 'ideas' }, ...ideas().map((text) => el('button', { type: 'button', className: 'idea', textContent: text, data: { action: 'idea' } }))));
  }
}

const skeleton = () =>
  el('div', { className: 'skeleton', attrs: { role: 'status', 'aria-label': t('loading') } }, ...['end', '', '', 'end', ''].map((side) => el('span', { className: `bone ${side && 'bone-end'}` })));
