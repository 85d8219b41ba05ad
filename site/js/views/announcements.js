/** What the page says beside the conversation: toasts for what failed, and one announcement for each finished reply. */
import { errorText, t } from '../i18n.js';
import { el, part } from './dom.js';

const TOAST_MS = 7_000;
const ANNOUNCED_CHARS = 1_000;

/** @param {{code: string, retry_after?: number}} error */
export function toast(error) {
  const note = el('p', { className: 'toast', textContent: errorText(error) });
  part('toasts').append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/** Screen readers hear a reply once, when it is whole. @param {import('../types.js').Message} reply */
export function announce(reply) {
  const failed = reply.status === 'failed' && errorText(reply.error ?? { code: 'internal' });
  part('announcer').textContent = failed ? t('replyFailed', { text: failed }) : t('replyDone', { text: reply.text.slice(0, ANNOUNCED_CHARS) });
}
