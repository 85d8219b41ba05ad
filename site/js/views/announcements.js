/** Toasts for failed requests, and the live region that announces a finished reply. */
import { failureText, t } from '../i18n.js';
import { el, part } from './dom.js';
/** @import { Failure, ThreadMessage } from '../types.js' */

const TOAST_MS = 7_000;
const ANNOUNCED_CHARS = 1_000;

/** @param {Failure} failure */
export function toast(failure) {
  const note = el('p', { className: 'toast', textContent: failureText(failure) });
  part('toasts').append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/** Announces a reply once, when it has ended. @param {ThreadMessage} reply */
export function announce({ status, error, text }) {
  part('announcer').textContent = status === 'failed'
    ? t('replyFailed', { text: failureText(error ?? { code: 'internal' }) })
    : t('replyDone', { text: text.slice(0, ANNOUNCED_CHARS) });
}
