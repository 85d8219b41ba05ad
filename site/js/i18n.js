/** The person's language: sentences, dates and money. */
import en from './strings/en.js';
import ptBr from './strings/pt-br.js';

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
 * @param {{code: string, retry_after?: number}} error
 * @returns {string} what happened and what to do, in one sentence or two
 */
export function errorText({ code, retry_after: seconds }) {
  const sentence = strings.errors[code] ?? strings.errors.internal;
  return seconds ? `${sentence} ${t('retryIn', { seconds: Math.ceil(seconds) })}` : sentence;
}

/** @param {string} iso */
export function time(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(formatLocale, { ...day, hour: 'numeric', minute: '2-digit' }).format(date);
}

/** @param {number} value US dollars; a reply costs fractions of a cent, so two significant digits are kept */
export function usd(value) {
  const digits = value !== 0 && Math.abs(value) < 0.01 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(formatLocale, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', ...digits }).format(value);
}

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat(formatLocale).format(value);

/** Puts the language into the static markup: text, labels and placeholders. */
export function translate(root = document) {
  document.documentElement.lang = locale;
  for (const node of root.querySelectorAll('[data-i18n]')) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll('[data-i18n-label]')) node.setAttribute('aria-label', t(node.dataset.i18nLabel));
  for (const node of root.querySelectorAll('[data-i18n-placeholder]')) node.placeholder = t(node.dataset.i18nPlaceholder);
}
