/** The stack's money as `GET /me` tells it, and what the page knows by itself between two reads. */
const HOUR_MS = 3_600_000;

/**
 * The spend after one more reply. What an older server did not tell stays untold.
 * @param {import('../types.js').Spend} spend @param {number} cost US dollars
 * @returns {import('../types.js').Spend}
 */
export function spendAfter(spend, cost) {
  const plus = (value, more) => (Number.isFinite(value) ? value + more : value);
  const usd = plus(spend.usd, cost);
  const replies = plus(spend.replies, 1);
  return {
    ...spend,
    usd,
    day_usd: plus(spend.day_usd, cost),
    forecast_usd: plus(spend.forecast_usd, cost), // the pace itself is the server's to tell
    replies,
    usd_per_reply: replies ? usd / replies : spend.usd_per_reply,
  };
}

/**
 * Which budget a pause waits for. Only the first of a month lifts both; then the fuller one is meant.
 * @param {number} until epoch milliseconds @param {import('../types.js').Spend} [spend]
 * @returns {'day'|'month'}
 */
export function spentBudget(until, spend) {
  const lifted = new Date(until + HOUR_MS); // clocks that differ by minutes still agree on the day
  if (lifted.getUTCDate() !== 1) return 'day';
  const isLastDay = until - Date.now() < 24 * HOUR_MS;
  return isLastDay && share(spend?.day_usd, spend?.day_limit_usd) > share(spend?.usd, spend?.limit_usd) ? 'day' : 'month';
}

const share = (usd, limit) => (limit > 0 ? usd / limit : 0);
