/** The person's language: sentences, dates and money. */
import en from './strings/en.js';
import ptBr from './strings/pt-br.js';
import { spentBudget } from './account/spend.js';

const DAY_MS = 86_400_000;
const LEAST_USD = 0.00001;
const LONG_WAIT_MS = 120_000; // a longer one is better said as a time of day

const isPortuguese = /^pt\b/i.test(navigator.language ?? '');
const strings = isPortuguese ? ptBr : en;

/** BCP 47 tag of the language in use; dates and numbers keep the person's own region where it fits. */
export const locale = isPortuguese ? 'pt-BR' : 'en';
const formatLocale = (navigator.language ?? '').toLowerCase().startsWith(locale.slice(0, 2)) ? navigator.language : locale;

/**
 * @param {string} key a key of the string tables
 * @param {Record<string, string|number>} [values] what replaces `{name}` in the sentence
 * @returns {string}
 */
export function t(key, values = {}) {
  return strings[key].replace(/\{(\w+)\}/g, (whole, name) => isolate(String(values[name] ?? whole)));
}

const TURNS_AROUND = /[\u202A-\u202E\u2066-\u2069]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC]/;

/** What somebody else wrote, so that it cannot reorder the words around it. @param {string} text */
export function isolate(text) {
  const plain = text.replace(TURNS_AROUND, '');
  return RIGHT_TO_LEFT.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** @returns {string[]} the suggestions of an empty conversation */
export const ideas = () => strings.ideas;

/**
 * @param {{code: string, backend?: string, retry_after?: number, retry_at?: number}} error `retry_after` in seconds from now, or `retry_at` in epoch milliseconds
 * @returns {string} what happened and what to do, in one sentence or two
 */
export function errorText({ code, backend, retry_after: seconds, retry_at: at = seconds && Date.now() + seconds * 1_000 }) {
  const table = backend === 'worker' && code in strings.workerErrors ? strings.workerErrors : strings.errors;
  const [sentence, ...advice] = [table[code] ?? table.internal].flat();
  const wait = at - Date.now();
  if (!(wait > 0)) return [sentence, ...advice].join(' ');
  if (code === 'budget_exhausted') return t(spentBudget(at) === 'day' ? 'refusedDay' : 'refusedMonth', { when: moment(at) });
  return `${sentence} ${wait > LONG_WAIT_MS ? t('retryFrom', { when: moment(at) }) : t('retryIn', { seconds: Math.ceil(wait / 1_000) })}`;
}

/** Why the model pauses, and until when if the server tells. @param {import('./types.js').Me} me */
export function pauseText({ llm, spend }) {
  const until = Date.parse(llm.paused_until);
  if (Number.isNaN(until)) return t('paused');
  return t(spentBudget(until, spend) === 'day' ? 'pausedDay' : 'pausedMonth', { when: moment(until) });
}

/** A coming moment, such as "tomorrow at 21:00". @param {string|number} when */
export function moment(when) {
  const date = new Date(when);
  const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / DAY_MS);
  const clock = { hour: 'numeric', minute: '2-digit' };
  if (days > 1) return new Intl.DateTimeFormat(formatLocale, { day: 'numeric', month: 'long', ...clock }).format(date);
  const day = new Intl.RelativeTimeFormat(formatLocale, { numeric: 'auto' }).format(days, 'day');
  return t('dayAt', { day, time: new Intl.DateTimeFormat(formatLocale, clock).format(date) });
}

/** @param {string} iso */
export function time(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(formatLocale, { ...day, hour: 'numeric', minute: '2-digit' }).format(date);
}

/** @param {number} value US dollars; a reply costs fractions of a cent, so two significant digits are kept, and whole dollars show no cents */
export function usd(value) {
  if (value > 0 && value < LEAST_USD) return `< ${usd(LEAST_USD)}`;
  const isSmall = value !== 0 && Math.abs(value) < 0.1;
  const digits = isSmall ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: Number.isInteger(value) ? 0 : 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(formatLocale, { style: 'currency', currency: 'USD', ...digits }).format(value);
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) => new Intl.NumberFormat(formatLocale, options).format(value);

/** Puts the language into the static markup: text, labels and placeholders. */
export function translate(root = document) {
  document.documentElement.lang = locale;
  for (const node of root.querySelectorAll('[data-i18n]')) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll('[data-i18n-label]')) node.setAttribute('aria-label', t(node.dataset.i18nLabel));
  for (const node of root.querySelectorAll('[data-i18n-placeholder]')) node.placeholder = t(node.dataset.i18nPlaceholder);
}
