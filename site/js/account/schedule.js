/** When what `GET /me` said stops being true by itself, so that the page need not ask all the time. */
const SOON_MS = 15 * 60_000;

/** @param {import('../types.js').Llm} llm whether the model is about to be switched off */
export function endsSoon({ state, on_until: until }, now = Date.now()) {
  const left = Date.parse(until) - now;
  return state === 'on' && left > 0 && left < SOON_MS;
}

/** What must be asked for. @param {import('../types.js').Me} me @returns {number} epoch milliseconds; Infinity when nothing is known to change */
export function nextChange({ llm, quota }, now = Date.now()) {
  const end = llm?.state === 'on' ? Date.parse(llm.on_until) : NaN;
  const moments = [end - SOON_MS, end, Date.parse(llm?.paused_until), Date.parse(quota?.resets_at)];
  return Math.min(...moments.filter((moment) => moment > now));
}

/** What need not be asked for: a model's rest ends. @param {import('../types.js').Me} me @returns {number} as `nextChange` */
export function nextReady({ llm }, now = Date.now()) {
  const moments = (llm?.models ?? []).map((model) => Date.parse(model.resting_until));
  return Math.min(...moments.filter((moment) => moment > now));
}
