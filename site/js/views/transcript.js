/** The conversation in the middle: its messages, or what stands in their place. */
import { authorOf } from '../account/models.js';
import { failureText, suggestions, t } from '../i18n.js';
import { Autoscroll } from './autoscroll.js';
import { actionElement, copyFrom, el, icon, part } from './dom.js';
import { createMessage, updateMessage } from './message.js';
import { RevealLoop } from './reveal.js';
/** @import { State } from '../state.js' */
/** @import { Sender } from '../turn/sender.js' */
/** @import { Thread, ThreadMessage } from '../types.js' */

/**
 * @typedef {(thread: Thread, user: ThreadMessage) => void} MessageAction what a button below a
 *   message does; `user` is the message, or the one that a reply answers
 */

export class Transcript {
  #state;
  #sender;
  #actions;
  #root = part('transcript');
  #autoscroll = new Autoscroll(this.#root, part('jump'));
  #reveal = new RevealLoop((messages) => this.#redraw(messages));
  /** @type {Map<string, HTMLElement>} by the message's key */
  #elements = new Map();
  /** @type {Thread|null} */
  #shown = null;
  #modelNames = '';

  /**
   * @param {object} parts
   * @param {State} parts.state
   * @param {Sender} parts.sender
   * @param {Record<string, MessageAction>} parts.actions by the `data-action` of a button
   * @param {(text: string) => void} parts.suggest
   * @param {() => void} parts.reload
   */
  constructor({ state, sender, actions, suggest, reload }) {
    this.#state = state;
    this.#sender = sender;
    this.#actions = actions;
    state.on('thread', (thread) => thread === state.thread() && this.#draw(thread));
    state.on('me', () => this.#onMe());
    state.on('message', ({ thread, message }) => {
      if (thread === state.thread()) this.#reveal.schedule(message);
    });
    this.#root.addEventListener('click', (event) => {
      const button = actionElement(event);
      const action = button?.dataset.action;
      if (!button || !action) return;
      if (action === 'suggestion') suggest(button.textContent);
      else if (action === 'reload') reload();
      else if (action === 'copy-code') copyCode(button);
      else this.#act(button, action);
    });
  }

  /** Of `GET /me`, only the models' names show here and, in an empty chat, the guest's. */
  #onMe() {
    const names = JSON.stringify(this.#state.me?.llm.models.map(({ id, name }) => [id, name]));
    const thread = this.#state.thread();
    if (thread.messages.length && names === this.#modelNames) return;
    this.#modelNames = names;
    this.#draw(thread);
  }

  /** @param {HTMLElement} button below a message @param {string} action */
  #act(button, action) {
    const thread = this.#state.thread();
    const key = button.closest('article')?.dataset.key;
    const index = thread.messages.findIndex((message) => message.key === key);
    const message = thread.messages[index];
    const user = message?.role === 'user' ? message : thread.messages[index - 1];
    if (!message) return;
    if (action === 'copy') copyFrom(button, message.text, t('copied'));
    else if (user) this.#actions[action]?.(thread, user);
  }

  /** @param {ThreadMessage[]} messages */
  #redraw(messages) {
    const thread = this.#state.thread();
    for (const message of messages) {
      const element = this.#elements.get(message.key);
      if (element && thread.messages.includes(message)) this.#update(element, thread, message);
    }
    this.#autoscroll.update();
  }

  /** @param {HTMLElement} element @param {Thread} thread @param {ThreadMessage} message */
  #update(element, thread, message) {
    updateMessage(element, this.#reveal.visible(message), {
      isLast: thread.messages.at(-1) === message,
      isBusy: Boolean(this.#sender.runningIn(thread)),
      author: message.model ? authorOf(message.model, this.#state.me?.llm) : undefined,
    });
  }

  /** @param {Thread} thread */
  #draw(thread) {
    const isOther = this.#shown !== thread;
    if (isOther) {
      this.#elements.clear();
      this.#reveal.clear();
    }
    const hasGrown = thread.messages.length > this.#elements.size;
    this.#shown = thread;
    const isBusy = thread.status === 'loading' || Boolean(this.#sender.runningIn(thread));
    this.#root.setAttribute('aria-busy', String(isBusy));
    if (!thread.messages.length) {
      this.#elements.clear();
      this.#root.replaceChildren(this.#placeholder(thread));
      this.#autoscroll.toStart();
      return;
    }
    this.#drawMessages(thread);
    if (isOther || hasGrown) this.#autoscroll.toEnd();
    else this.#autoscroll.update();
  }

  /** @param {Thread} thread */
  #drawMessages(thread) {
    const keys = new Set(thread.messages.map(({ key }) => key));
    for (const key of this.#elements.keys()) if (!keys.has(key)) this.#elements.delete(key);
    const elements = thread.messages.map((message) => {
      const element = this.#elements.get(message.key) ?? createMessage(message);
      this.#elements.set(message.key, element);
      this.#update(element, thread, message);
      return element;
    });
    arrange(this.#root, elements);
  }

  /** @param {Thread} thread one without messages */
  #placeholder({ id, status, error = '' }) {
    if (status === 'failed') return failure(error);
    return id && status !== 'ready' ? skeleton() : this.#greeting();
  }

  #greeting() {
    const name = this.#state.me?.guest.name;
    return el('div', { className: 'empty' },
      el('img', { className: 'empty-logo', src: 'logo.svg', alt: '', width: 88, height: 56 }),
      el('h2', {
        className: 'empty-title',
        textContent: name ? t('greeting', { name }) : t('greetingPlain'),
      }),
      el('p', { className: 'empty-text', textContent: t('emptyText') }),
      el('div', { className: 'suggestions' }, ...suggestions().map(suggestion)));
  }
}

/**
 * Makes these the children, in this order. Moving an element would drop its focus and selection, so
 * those in place stay untouched.
 * @param {HTMLElement} root @param {HTMLElement[]} elements
 */
function arrange(root, elements) {
  const kept = new Set(/** @type {Element[]} */ (elements));
  for (const child of [...root.children]) if (!kept.has(child)) child.remove();
  elements.forEach((element, index) => {
    const child = root.children[index] ?? null;
    if (child !== element) root.insertBefore(element, child);
  });
}

/** @param {HTMLElement} button */
function copyCode(button) {
  const code = button.closest('figure')?.querySelector('code');
  if (code) copyFrom(button, code.textContent, t('copied'));
}

/** @param {string} text */
function suggestion(text) {
  const data = { action: 'suggestion' };
  return el('button', { type: 'button', className: 'suggestion', textContent: text, data });
}

/** @param {string} code */
function failure(code) {
  const data = { action: 'reload' };
  return el('div', { className: 'empty' },
    el('p', { textContent: failureText({ code }) }),
    code !== 'not_found'
      && el('button', { type: 'button', className: 'button', data }, icon('again'), t('reload')));
}

function skeleton() {
  const sides = ['end', '', '', 'end', ''];
  const lines = sides.map((side) => {
    const className = `skeleton-line ${side && 'skeleton-end'}`;
    return el('span', { className });
  });
  return el('div', { className: 'skeleton', attrs: { role: 'status', 'aria-label': t('loading') } },
    ...lines);
}
