/** The invite. It travels in a link's fragment, which browsers do not send to any server. */
import * as storage from './storage.js';

/**
 * @param {string} text a link with `#invite=…`, or the token itself
 * @returns {string|null} the token
 */
export function parseInvite(text) {
  const fromLink = /[#?&]?invite=([^&\s#]+)/.exec(text)?.[1];
  const token = fromLink ? decode(fromLink) : text.trim();
  return token && /^[\w.~+/=-]+$/.test(token) ? token : null;
}

/** Moves the invite from the address bar, where it would be copied along, into storage. */
export function takeInviteFromAddress() {
  if (!location.hash.startsWith('#invite=')) return;
  const token = parseInvite(location.hash);
  history.replaceState(null, '', location.pathname + location.search);
  if (token) storage.token.save(token);
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
