/** The person's language: sentences, dates, numbers and money. */
import { spentBudget } from './account/spend.js';
import en from './strings/en.js';
import ptBr from './strings/pt-br.js';
/** @import { Failure, Me } from './types.js' */

/** @typedef {import('./strings/en.js').Strings} Strings */
/**
 * @typedef {{[Key in keyof Strings]: Strings[Key] extends string ? Key : never}[keyof Strings]
 *   } StringKey the name of a sentence
 */

const DAY_MS = 86_400_000;
const LEAST_USD = 0.00001;
const LONG_WAIT_MS = 120_000; // a longer wait reads better as a time of day

const isPortuguese = /^pt\b/i.test(navigator.language);
const strings = isPortuguese ? ptBr : en;

/** BCP 47 tag of the page's language. */
export const locale = isPortuguese ? 'pt-BR' : 'en';

/** Dates and numbers keep the person's own region, where its language is the page's. */
const isSameLanguage = navigator.language.toLowerCase().startsWith(locale.slice(0, 2));
const formatLocale = isSameLanguage ? navigator.language : locale;

/**
 * @param {StringKey} key
 * @param {Record<string, string|number>} [values] what replaces `{name}` in the sentence
 * @returns {string}
 */
export function t(key, values = {}) {
  return fill(strings[key], values);
}

/** @param {string} sentence @param {Record<string, string|number>} values */
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => isolate(String(values[name] ?? whole)));
}

const DIRECTION_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC]/;

/** Keeps somebody else's text from reordering the words around it. @param {string} text */
export function isolate(text) {
  const plain = text.replace(DIRECTION_CONTROLS, '');
  return RIGHT_TO_LEFT.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** What an empty conversation suggests to ask. */
export const suggestions = () => strings.suggestions;

/**
 * What happened and what to do, in one sentence or two.
 * @param {Pick<Failure, 'code'|'backend'|'retry_after'|'retry_at'>} failure
 * @returns {string}
 */
export function failureText({ code, backend, retry_after: seconds, retry_at: retryAt }) {
  const at = retryAt ?? (seconds ? Date.now() + seconds * 1_000 : 0);
  const isWaiting = at > Date.now();
  if (isWaiting && code === 'budget_exhausted') {
    const key = spentBudget(at) === 'day' ? 'refusedDay' : 'refusedMonth';
    return t(key, { when: moment(at) });
  }
  const [sentence, ...advice] = failureSentences(code, backend);
  return [sentence, ...(isWaiting ? [waitText(at)] : advice)].join(' ');
}

/** @param {string} code @param {Failure['backend']} backend @returns {string[]} */
function failureSentences(code, backend) {
  /** @type {Record<string, string|string[]>} */
  const errors = { ...strings.errors, ...(backend === 'worker' && strings.workerErrors) };
  const known = Object.hasOwn(errors, code) ? errors[code] : undefined;
  return [known ?? strings.errors.internal].flat();
}

/** @param {number} at epoch milliseconds */
function waitText(at) {
  const wait = at - Date.now();
  if (wait > LONG_WAIT_MS) return t('retryFrom', { when: moment(at) });
  return t('retryIn', { seconds: Math.ceil(wait / 1_000) });
}

/** Why the model is paused and, if the server says so, until when. @param {Me} me */
export function pauseText({ llm, spend }) {
  if (!llm.paused_until) return t('paused');
  const until = Date.parse(llm.paused_until);
  const key = spentBudget(until, spend) === 'day' ? 'pausedDay' : 'pausedMonth';
  return t(key, { when: moment(until) });
}

/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = { hour: 'numeric', minute: '2-digit' };

/** @param {Date} date @param {Intl.DateTimeFormatOptions} options */
const formatDate = (date, options) => new Intl.DateTimeFormat(formatLocale, options).format(date);

/** A moment to come, such as "tomorrow at 21:00". @param {string|number} when */
export function moment(when) {
  const date = new Date(when);
  const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - startOfToday()) / DAY_MS);
  if (days > 1) return formatDate(date, { day: 'numeric', month: 'long', ...CLOCK });
  const day = new Intl.RelativeTimeFormat(formatLocale, { numeric: 'auto' }).format(days, 'day');
  return t('dayAt', { day, time: formatDate(date, CLOCK) });
}

const startOfToday = () => new Date().setHours(0, 0, 0, 0);

/** A time of day, with its date unless that is today. @param {string} iso */
export function time(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const isToday = date.toDateString() === new Date().toDateString();
  return formatDate(date, isToday ? CLOCK : { day: 'numeric', month: 'short', ...CLOCK });
}

/**
 * A reply costs fractions of a cent, so small sums keep two significant digits. Whole dollars show
 * no cents.
 * @param {number} value US dollars
 * @returns {string}
 */
export function usd(value) {
  if (value > 0 && value < LEAST_USD) return `< ${usd(LEAST_USD)}`;
  const isSmall = value !== 0 && Math.abs(value) < 0.1;
  const cents = Number.isInteger(value) ? 0 : 2;
  const digits = isSmall
    ? { maximumSignificantDigits: 2 }
    : { minimumFractionDigits: cents, maximumFractionDigits: 2 };
  return number(value, { style: 'currency', currency: 'USD', ...digits });
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) =>
  new Intl.NumberFormat(formatLocale, options).format(value);

/** Translates the static markup: text, labels and placeholders. */
export function translatePage() {
  document.documentElement.lang = locale;
  for (const node of marked('data-i18n')) {
    node.textContent = t(keyOf(node.dataset.i18n));
  }
  for (const node of marked('data-i18n-label')) {
    node.setAttribute('aria-label', t(keyOf(node.dataset.i18nLabel)));
  }
  for (const node of marked('data-i18n-placeholder')) {
    node.setAttribute('placeholder', t(keyOf(node.dataset.i18nPlaceholder)));
  }
}

/** @param {string} attribute @returns {NodeListOf<HTMLElement>} */
const marked = (attribute) => document.querySelectorAll(`[${attribute}]`);

/** @param {string} [key] as index.html has it @returns {StringKey} */
function keyOf(key = '') {
  if (!isStringKey(key)) throw new Error(`There is no sentence called ${key}.`);
  return key;
}

/** @param {string} key @returns {key is StringKey} */
const isStringKey = (key) =>
  Object.hasOwn(strings, key) && typeof strings[/** @type {keyof Strings} */ (key)] === 'string';
