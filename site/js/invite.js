/** The invite travels in the link's fragment, which no server sees. */
import * as storage from './storage.js';

/**
 * @param {string} text a link with `#invite=…`, or the token itself
 * @returns {string|null}
 */
export function parseInvite(text) {
  const link = /[#?&]?invite=([^&\s#]+)/.exec(text);
  const token = link ? decodeSafely(link[1]) : text.trim();
  return token && /^[\w.~+/=-]+$/.test(token) ? token : null;
}

/** Takes the invite out of the address bar, where it could be copied along, and keeps it on this device. */
export function takeInviteFromAddress() {
  if (!location.hash.startsWith('#invite=')) return;
  const token = parseInvite(location.hash);
  history.replaceState(null, '', location.pathname + location.search);
  if (token) storage.token.save(token);
}

function decodeSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
