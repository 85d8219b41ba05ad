/** When the answer of `GET /me` goes out of date, so that the page need not poll. */
/** @import { Llm, Me } from '../types.js' */

const SOON_MS = 15 * 60_000;

/** @param {string|null|undefined} iso @returns {number} epoch milliseconds, NaN for none */
const moment = (iso) => (iso ? Date.parse(iso) : NaN);

/** Whether the model is about to be switched off. @param {Llm} llm */
export function endsSoon({ state, on_until: until }, now = Date.now()) {
  const left = moment(until) - now;
  return state === 'on' && left > 0 && left < SOON_MS;
}

/**
 * When `GET /me` has to be read again.
 * @param {Me} me
 * @returns {number} epoch milliseconds; Infinity when no change is known
 */
export function nextChange({ llm, quota }, now = Date.now()) {
  const end = llm.state === 'on' ? moment(llm.on_until) : NaN;
  const moments = [end - SOON_MS, end, moment(llm.paused_until), moment(quota.resets_at)];
  return Math.min(...moments.filter((at) => at > now));
}

/**
 * When a resting model becomes ready, which the page knows without reading anything.
 * @param {Me} me
 * @returns {number} as `nextChange`
 */
export function nextRecovery({ llm }, now = Date.now()) {
  const moments = llm.models.map((model) => moment(model.resting_until));
  return Math.min(...moments.filter((at) => at > now));
}
