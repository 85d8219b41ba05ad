/** Whether a message can be sent now, and how many are left. */
/** @import { State } from '../state.js' */
/** @import { Me } from '../types.js' */

/**
 * @param {Pick<State, 'online'|'me'>} state
 * @returns {'offline'|'off'|'paused'|'quota'|null} what keeps a message from being sent
 */
export function sendBlocker({ online, me }) {
  if (!online) return 'offline';
  if (!me) return null; // the server decides
  if (me.llm.state !== 'on') return me.llm.state;
  const { limit, used, resets_at: resetsAt } = me.quota;
  const hasReset = Date.parse(resetsAt) < Date.now();
  return used >= limit && !hasReset ? 'quota' : null;
}

/** @param {Me} me */
export const messagesLeft = ({ quota }) => Math.max(0, quota.limit - quota.used);
