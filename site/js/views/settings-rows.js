/** The rows of the settings about the model and the money. */
import { isResting, modelLabel, modelPhrase, nextModel, primaryModel } from '../account/models.js';
import { isLocal } from '../config.js';
import { moment, number, t, usd } from '../i18n.js';
import { el } from './dom.js';
/** @import { Llm, Model, Spend } from '../types.js' */
/** @import { Child } from './dom.js' */

/** @typedef {[name: string, ...values: Child[]]} Row */

const HIGH = 0.8; // of a limit
const SMALL_USD = 0.1;

/** @param {Llm} llm @returns {Row[]} */
export function modelRows(llm) {
  const primary = primaryModel(llm);
  const isWorker = llm.backend === 'worker';
  const name = isWorker ? modelLabel(primary.id, llm) : modelPhrase(primary.id, llm);
  /** @type {Row} */
  const row = [t('factModel'), name, detail(condition(llm, primary))];
  const next = nextModel(llm);
  if (next.id === primary.id) return [row];
  const role = t(isResting(next) ? 'triesNext' : 'answersNow');
  return [row, [t('factStandIn'), modelPhrase(next.id, llm), detail(role)]];
}

/** @param {Spend} spend @returns {Row[]} */
export function spendRows(spend) {
  const { forecast_usd: forecast, limit_usd: limit, usd_per_reply: perReply } = spend;
  const isOver = limit > 0 && forecast > limit;
  return [
    limitRow(t('factSpend'), spend.usd, limit),
    limitRow(t('factSpendDay'), spend.day_usd, spend.day_limit_usd),
    [t('factForecast'), isOver ? t('forecastOver', { usd: usd(forecast) }) : usd(forecast)],
    [t('factReply'), perReply !== null && replyCost(perReply)],
  ];
}

/** @param {string} text */
const detail = (text) => text && el('p', { className: 'fact-more', textContent: text });

/** @param {Llm} llm @param {Pick<Model, 'resting_until'>} primary */
function condition({ backend, state }, primary) {
  if (backend === 'worker') return t(isLocal() ? 'workerHere' : 'workerWrites');
  const until = primary.resting_until;
  if (until && isResting(primary)) return t('rests', { when: moment(until) });
  return state === 'on' ? t('isReady') : '';
}

/** @param {string} name @param {number} value @param {number} limit @returns {Row} */
function limitRow(name, value, limit) {
  if (!(limit > 0)) return [name, usd(value)];
  const meter = el('meter', {
    className: 'meter',
    max: limit,
    high: limit * HIGH,
    optimum: 0,
    value,
    attrs: { 'aria-label': name },
  });
  return [name, t('spendOf', { usd: usd(value), limit: usd(limit) }), meter];
}

/** Of a small sum, how many fit into one dollar says more. @param {number} value */
function replyCost(value) {
  if (value <= 0 || value >= SMALL_USD) return usd(value);
  const n = number(1 / value, { maximumSignificantDigits: 2 });
  return t('repliesFor', { usd: usd(value), n, unit: usd(1) });
}
