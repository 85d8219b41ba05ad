/** One message of the transcript. */
import { errorText, locale, number, t, time, usd } from '../i18n.js';
import { drawMarkdown } from './markdown.js';
import { el, icon, iconButton } from './dom.js';

const RUNNING = new Set(['pending', 'streaming']);

/**
 * @typedef {{isLast: boolean, isBusy: boolean, writer?: {name: string, title: string, main: string}}} Place whether the message ends the thread,
 *   whether a turn runs there, and who wrote it
 */

/** @param {import('../types.js').Message} message */
export function createMessage(message) {
  const isUser = message.role === 'user';
  const body = el('div', { className: isUser ? 'message-text' : 'message-text prose', dir: 'auto' });
  const below = el('div', { className: 'message-below' });
  const author = el('h2', { className: 'sr-only', textContent: t(isUser ? 'you' : 'assistant') });
  return el('article', { className: `message message-${message.role}`, data: { role: message.role, key: message.key } }, author, body, below);
}

/** @param {HTMLElement} element @param {import('../types.js').Message} message @param {Place} place */
export function updateMessage(element, message, place) {
  const [, body, below] = element.children;
  if (message.id) element.dataset.id = message.id;
  element.dataset.status = message.status;
  element.setAttribute('aria-busy', String(RUNNING.has(message.status)));
  drawText(body, message);
  const drawnFor = JSON.stringify([message.status, message.error, message.usage, place]);
  if (below.dataset.drawnFor === drawnFor) return; // pieces of text change nothing down here, and focus stays where it is
  below.dataset.drawnFor = drawnFor;
  below.replaceChildren(...(message.role === 'user' ? belowUser(message, place) : belowReply(message, place)));
}

function drawText(body, message) {
  const isWaiting = RUNNING.has(message.status) && !message.text;
  if (message.role === 'user') body.textContent = message.text;
  else if (isWaiting) body.replaceChildren(thinking());
  else if (message.text) {
    body.querySelector('.thinking')?.remove();
    drawMarkdown(body, message.text, dressBlock);
  } else body.replaceChildren(...(message.status === 'complete' ? [el('p', { className: 'quiet', textContent: t('emptyReply') })] : []));
}

const thinking = () => el('p', { className: 'thinking', attrs: { role: 'img', 'aria-label': t('thinking') } }, el('i'), el('i'), el('i'));

/** Code gets its language and a copy button; a wide table scrolls by itself. */
function dressBlock(block) {
  for (const code of block.querySelectorAll('pre > code')) {
    const language = /language-(\S+)/.exec(code.className)?.[1] ?? t('code');
    const head = el('figcaption', { className: 'code-head' }, el('span', { textContent: language }), iconButton('copy', t('copyCode'), 'copy-code'));
    const pre = code.parentElement;
    pre.tabIndex = 0;
    const figure = el('figure', { className: 'code', dir: 'ltr' });
    pre.replaceWith(figure);
    figure.append(head, pre);
  }
  for (const table of block.querySelectorAll('table')) {
    const frame = el('div', { className: 'table', tabIndex: 0, attrs: { role: 'region', 'aria-label': t('table') } });
    table.replaceWith(frame);
    frame.append(table);
  }
}

function belowUser(message, { isBusy }) {
  const isStored = message.status === 'complete';
  if (isBusy) return [];
  return [el('div', { className: 'actions' }, isStored && iconButton('edit', t('edit'), 'edit'), iconButton('copy', t('copy'), 'copy'))];
}

function belowReply(message, { isLast, isBusy, writer }) {
  if (RUNNING.has(message.status)) return [];
  const again = isLast && !isBusy;
  const isLost = message.status === 'failed' && !message.id; // the server has nothing of it
  return [
    statusNote(message, again, isLost),
    writer?.main && message.text && el('p', { className: 'written-by', textContent: t('writtenBy', { model: writer.title, main: writer.main }) }),
    el('div', { className: 'actions' },
      message.text && iconButton('copy', t('copy'), 'copy'),
      again && !isLost && iconButton('again', t('regenerate'), 'regenerate'),
      message.usage ? facts(message, writer) : message.text && writer && el('p', { className: 'usage', textContent: writer.name })),
  ].filter(Boolean);
}

function statusNote(message, again, isLost) {
  const { status, error } = message;
  if (status === 'failed') {
    return el('div', { className: 'note note-failed' },
      el('p', { textContent: errorText(error ?? { code: 'internal' }), title: (locale === 'en' && error?.detail) || '' }), // the server speaks English
      again && el('div', { className: 'note-actions' },
        error?.retryable && textButton('again', t('retry'), 'retry'),
        isLost && textButton('edit', t('edit'), 'take-back')));
  }
  if (status === 'truncated') {
    return el('div', { className: 'note' }, el('p', { textContent: t('truncated') }), again && textButton('down', t('continue'), 'continue'));
  }
  if (message.guardrail) return el('p', { className: 'note', textContent: t('guardrail') });
  return status === 'stopped' && el('p', { className: 'note', textContent: t('stopped') });
}

const textButton = (name, label, action) => el('button', { type: 'button', className: 'button button-small', data: { action } }, icon(name), label);

function facts({ usage, created_at: createdAt }, writer) {
  const mark = (figure) => (usage.estimated ? `≈\u00a0${figure}` : figure);
  const cost = mark(usd(usage.cost_usd ?? 0));
  const tokens = mark(t('tokens', { n: number((usage.input_tokens ?? 0) + (usage.output_tokens ?? 0)) }));
  const sentence = t('details', {
    model: writer?.title ?? t('assistant'), input: number(usage.input_tokens ?? 0), output: number(usage.output_tokens ?? 0), cost, time: createdAt ? time(createdAt) : '',
  });
  const details = usage.estimated ? `${sentence}. ${t('estimated')}` : sentence;
  return el('details', { className: 'usage', title: details },
    el('summary', { textContent: [writer?.name, tokens, cost].filter(Boolean).join(' · ') }),
    el('p', { textContent: details }));
}
