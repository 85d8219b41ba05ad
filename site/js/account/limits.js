/** Whether the state lets a message go out now, and if not, why. */

/**
 * @param {import('../state.js').State} state
 * @returns {'offline'|'off'|'paused'|'quota'|null} null: nothing is in the way
 */
export function obstacle({ online, me }) {
  if (!online) return 'offline';
  if (me?.llm?.state === 'off') return 'off';
  if (me?.llm?.state === 'paused') return 'paused';
  const { limit, used, resets_at: resetsAt } = me?.quota ?? {};
  const isSpent = Number.isFinite(limit) && used >= limit && !(Date.parse(resetsAt) < Date.now());
  return isSpent ? 'quota' : null;
}

/** @param {import('../types.js').Me} me @returns {number|null} messages left today; null when they are not counted */
export function messagesLeft({ quota }) {
  return Number.isFinite(quota?.limit) ? Math.max(0, quota.limit - quota.used) : null;
}
