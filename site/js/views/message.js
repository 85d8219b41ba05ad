/** One message of the transcript. */
import { failureText, locale, number, t, time, usd } from '../i18n.js';
import { el, icon, iconButton } from './dom.js';
import { drawMarkdown } from './markdown.js';
/** @import { Author } from '../account/models.js' */
/** @import { ThreadMessage, Usage } from '../types.js' */
/** @import { Child } from './dom.js' */

/**
 * @typedef {object} Context
 * @property {boolean} isLast whether the message ends the thread
 * @property {boolean} isBusy whether a turn runs in the thread
 * @property {Author} [author] of a reply
 */

/** @param {ThreadMessage} message */
const isRunning = ({ status }) => status === 'pending' || status === 'streaming';

/** @param {ThreadMessage} message */
export function createMessage({ key, role }) {
  const isUser = role === 'user';
  return el('article', { className: `message message-${role}`, data: { role, key } },
    el('h2', { className: 'sr-only', textContent: t(isUser ? 'you' : 'assistant') }),
    el('div', { className: isUser ? 'message-text' : 'message-text prose', dir: 'auto' }),
    el('div', { className: 'message-below' }));
}

/** @param {HTMLElement} element @param {ThreadMessage} message @param {Context} context */
export function updateMessage(element, message, context) {
  const [, body, below] = /** @type {HTMLElement[]} */ ([...element.children]);
  if (!body || !below) return;
  if (message.id) element.dataset.id = message.id;
  element.dataset.status = message.status;
  element.setAttribute('aria-busy', String(isRunning(message)));
  if (message.role === 'user') body.textContent = message.text;
  else drawReply(body, message);
  // More text changes nothing below it. Redrawing the buttons would take the focus from them.
  const drawnFor = JSON.stringify([message.status, message.error, message.usage, context]);
  if (below.dataset.drawnFor === drawnFor) return;
  below.dataset.drawnFor = drawnFor;
  const isUser = message.role === 'user';
  below.replaceChildren(...(isUser ? belowUser(message, context) : belowReply(message, context)));
}

/** @param {HTMLElement} body @param {ThreadMessage} message */
function drawReply(body, message) {
  if (message.text) {
    body.querySelector('.thinking')?.remove();
    drawMarkdown(body, message.text, decorateBlock);
  } else if (isRunning(message)) body.replaceChildren(thinkingDots());
  else if (message.status === 'complete') {
    body.replaceChildren(el('p', { className: 'quiet', textContent: t('emptyReply') }));
  } else body.replaceChildren();
}

function thinkingDots() {
  const attrs = { role: 'img', 'aria-label': t('thinking') };
  return el('p', { className: 'thinking', attrs }, el('i'), el('i'), el('i'));
}

/**
 * Gives code a header with its language and a copy button, and lets a wide table scroll by itself.
 * @param {HTMLElement} block
 */
function decorateBlock(block) {
  for (const code of block.querySelectorAll('pre > code')) {
    const pre = code.parentElement;
    if (!pre) continue;
    const language = /language-(\S+)/.exec(code.className)?.[1] ?? t('code');
    const figure = el('figure', { className: 'code', dir: 'ltr' },
      el('figcaption', { className: 'code-head' },
        el('span', { textContent: language }),
        iconButton('copy', t('copyCode'), 'copy-code')));
    pre.tabIndex = 0;
    pre.replaceWith(figure);
    figure.append(pre);
  }
  for (const table of block.querySelectorAll('table')) {
    const attrs = { role: 'region', 'aria-label': t('table') };
    const frame = el('div', { className: 'table', tabIndex: 0, attrs });
    table.replaceWith(frame);
    frame.append(table);
  }
}

/** @param {ThreadMessage} message @param {Context} context @returns {Node[]} */
function belowUser({ status }, { isBusy }) {
  if (isBusy) return [];
  return [el('div', { className: 'actions' },
    status === 'complete' && iconButton('edit', t('edit'), 'edit'),
    iconButton('copy', t('copy'), 'copy'))];
}

/** @param {ThreadMessage} message @param {Context} context @returns {Node[]} */
function belowReply(message, { isLast, isBusy, author }) {
  if (isRunning(message)) return [];
  const canActAgain = isLast && !isBusy;
  const isStored = message.status !== 'failed' || Boolean(message.id);
  const children = [
    statusNote(message, canActAgain, isStored),
    message.text && author?.primary && fallbackNote(author),
    el('div', { className: 'actions' },
      message.text && iconButton('copy', t('copy'), 'copy'),
      canActAgain && isStored && iconButton('again', t('regenerate'), 'regenerate'),
      usageDetails(message, author)),
  ];
  return children.filter((child) => child instanceof Node);
}

/** @param {Author} author */
function fallbackNote({ phrase, primary }) {
  const textContent = t('writtenBy', { model: phrase, main: primary });
  return el('p', { className: 'written-by', textContent });
}

/**
 * How a reply ended, where that needs a word, and what can be done about it.
 * @param {ThreadMessage} message @param {boolean} canActAgain @param {boolean} isStored
 * @returns {Child}
 */
function statusNote({ status, error, guardrail }, canActAgain, isStored) {
  if (status === 'failed') {
    const title = locale === 'en' ? error?.detail ?? '' : ''; // the server speaks English
    return el('div', { className: 'note note-failed' },
      el('p', { textContent: failureText(error ?? { code: 'internal' }), title }),
      canActAgain && el('div', { className: 'note-actions' },
        error?.retryable && textButton('again', t('retry'), 'retry'),
        !isStored && textButton('edit', t('edit'), 'withdraw')));
  }
  if (status === 'truncated') {
    return el('div', { className: 'note' },
      el('p', { textContent: t('truncated') }),
      canActAgain && textButton('down', t('continue'), 'continue'));
  }
  if (guardrail) return el('p', { className: 'note', textContent: t('guardrail') });
  return status === 'stopped' && el('p', { className: 'note', textContent: t('stopped') });
}

/** @param {string} name an icon's @param {string} label @param {string} action */
function textButton(name, label, action) {
  const props = { className: 'button button-small', data: { action } };
  return el('button', { type: 'button', ...props }, icon(name), label);
}

/** @param {ThreadMessage} message @param {Author} [author] @returns {Child} */
function usageDetails({ text, usage, created_at: createdAt }, author) {
  if (!usage) return text && author && el('p', { className: 'usage', textContent: author.label });
  const { cost, tokens } = figures(usage);
  const details = t('details', {
    model: author?.phrase ?? t('assistant'),
    input: number(usage.input_tokens),
    output: number(usage.output_tokens),
    cost,
    time: createdAt ? time(createdAt) : '',
  });
  const title = usage.estimated ? `${details}. ${t('estimated')}` : details;
  const summary = [author?.label, tokens, cost].filter(Boolean).join(' · ');
  return el('details', { className: 'usage', title },
    el('summary', { textContent: summary }),
    el('p', { textContent: title }));
}

/** @param {Usage} usage */
function figures({ input_tokens: input, output_tokens: output, cost_usd: cost, estimated }) {
  const mark = estimated ? '≈\u00a0' : '';
  const tokens = t('tokens', { n: number(input + output) });
  return { cost: mark + usd(cost), tokens: mark + tokens };
}
