/**
 * The models that write the replies, and their names. `GET /me` lists them in fallback order. A
 * model that has failed rests, and the next one that is ready answers in its place.
 */
import { isLocal } from '../config.js';
import { t } from '../i18n.js';
/** @import { Llm, Model } from '../types.js' */

const WORKER = 'worker';

/**
 * @param {Pick<Model, 'resting_until'>} model
 * @returns {number} epoch milliseconds; 0 for a model that has not failed
 */
const restsUntil = ({ resting_until: until }) => (until ? Date.parse(until) : 0);

/** @param {Pick<Model, 'resting_until'>} model */
export const isResting = (model, now = Date.now()) => restsUntil(model) > now;

/**
 * The model that answers as long as it is ready.
 * @param {Llm} llm
 * @returns {Pick<Model, 'id'|'resting_until'>}
 */
export const primaryModel = ({ models, model }) => models[0] ?? { id: model };

/**
 * The model that answers next: the first that is ready or, while all rest, the one that rests the
 * shortest.
 * @param {Llm} llm
 * @returns {Pick<Model, 'id'|'resting_until'>}
 */
export function nextModel(llm, now = Date.now()) {
  const [soonest] = llm.models.toSorted((one, other) => restsUntil(one) - restsUntil(other));
  return llm.models.find((model) => !isResting(model, now)) ?? soonest ?? primaryModel(llm);
}

/** Whether a model stands in for the primary one. @param {string} id @param {Llm} llm */
export const isFallback = (id, llm) =>
  primaryModel(llm).id !== id && llm.models.some((model) => model.id === id);

/** A model's name on its own, as a label. @param {string} id @param {Llm} [llm] */
export function modelLabel(id, llm) {
  if (id === WORKER) return t('worker');
  return isLocal() ? t('localModel') : modelName(id, llm);
}

/** A model's name within a sentence. @param {string} id @param {Llm} [llm] */
export function modelPhrase(id, llm) {
  if (id === WORKER) return t('aWorker');
  return isLocal() ? t('standsIn', { model: modelName(id, llm) }) : modelName(id, llm);
}

/**
 * @typedef {object} Author who wrote a reply
 * @property {string} label
 * @property {string} phrase
 * @property {string} primary the model that it stood in for; empty for none
 */

/** @param {string} id @param {Llm} [llm] @returns {Author} */
export function authorOf(id, llm) {
  const primary = llm && isFallback(id, llm) ? modelName(primaryModel(llm).id, llm) : '';
  return { label: modelLabel(id, llm), phrase: modelPhrase(id, llm), primary };
}

/** @param {string} id @param {Llm} [llm] */
const modelName = (id, llm) => llm?.models.find((model) => model.id === id)?.name ?? readable(id);

/**
 * A name made from an id, for a model that the stack does not use any more.
 * @param {string} id such as `mistral.mistral-7b-instruct-v0:2` or
 *   `SmolLM2-135M-Instruct.Q4_1.gguf`
 */
function readable(id) {
  const bare = id
    .replace(/^.*\//, '')
    .replace(/\.gguf$/i, '')
    .replace(/[.-](?:I?Q\d\w*|F16|BF16|F32)$/i, '')
    .replace(/^(?:(?:us|eu|apac|global)\.)?[a-z0-9]+\.(?=[a-z])/, '')
    .replace(/(?:-v\d+)?:\d+$/, '');
  return bare.split('-').map(capitalize).join(' ');
}

/** @param {string} word */
function capitalize(word) {
  const isSize = /^\d+[bm]$/i.test(word); // 7b
  return isSize ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
}
