/** What the chat costs, for the settings: no more than the server told. */
import { number, t, usd } from '../i18n.js';
import { el } from './dom.js';

const NEARLY = 0.8; // of a limit

/** @param {import('../types.js').Spend} [spend] @returns {[string, ...(Node|string)[]][]} each row's name, and what stands beside it */
export function moneyRows(spend = {}) {
  return [
    ofLimit(t('factSpend'), spend.usd, spend.limit_usd),
    ofLimit(t('factSpendDay'), spend.day_usd, spend.day_limit_usd),
    forecast(spend),
    perReply(spend.usd_per_reply),
  ].filter(Boolean);
}

function ofLimit(name, value, limit) {
  if (!Number.isFinite(value)) return null;
  if (!(limit > 0)) return [name, usd(value)];
  const meter = el('meter', { className: 'meter', max: limit, high: limit * NEARLY, optimum: 0, value, attrs: { 'aria-label': name } });
  return [name, t('spendOf', { usd: usd(value), limit: usd(limit) }), meter];
}

function forecast({ forecast_usd: value, limit_usd: limit }) {
  if (!Number.isFinite(value)) return null;
  return [t('factForecast'), value > limit ? t('forecastOver', { usd: usd(value) }) : usd(value)];
}

/** Of such small sums, how many fit into one dollar says more. */
function perReply(value) {
  if (!Number.isFinite(value)) return null;
  const isSmall = value > 0 && value < 0.1;
  const n = number(1 / value, { maximumSignificantDigits: 2 });
  return [t('factReply'), isSmall ? t('repliesFor', { usd: usd(value), n, unit: usd(1) }) : usd(value)];
}
