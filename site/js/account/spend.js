/** What the stack has spent, as `GET /me` says and as each reply adds to it. */
/** @import { Spend } from '../types.js' */

const HOUR_MS = 3_600_000;

/**
 * The spend after one more reply.
 * @param {Spend} spend @param {number} cost US dollars
 * @returns {Spend}
 */
export function spendAfter(spend, cost) {
  const usd = spend.usd + cost;
  const replies = spend.replies + 1;
  return {
    ...spend,
    usd,
    day_usd: spend.day_usd + cost,
    forecast_usd: spend.forecast_usd + cost, // only the server knows the pace
    replies,
    usd_per_reply: usd / replies,
  };
}

/**
 * The budget that a pause waits for. Both budgets start anew on the first of a month; then the one
 * that is used up further counts.
 * @param {number} until epoch milliseconds @param {Spend} [spend]
 * @returns {'day'|'month'}
 */
export function spentBudget(until, spend) {
  const start = new Date(until + HOUR_MS); // clocks minutes apart still agree on the day
  if (start.getUTCDate() !== 1) return 'day';
  const isLastDay = until - Date.now() < 24 * HOUR_MS;
  if (!spend || !isLastDay) return 'month';
  const day = share(spend.day_usd, spend.day_limit_usd);
  return day > share(spend.usd, spend.limit_usd) ? 'day' : 'month';
}

/** @param {number} usd @param {number} limit */
const share = (usd, limit) => (limit > 0 ? usd / limit : 0);
