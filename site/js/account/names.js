/** Models as people call them. */
import { isLocal } from '../config.js';
import { t } from '../i18n.js';
import { isStandIn, mainModel } from './models.js';

const WORKER = 'worker';

/** @typedef {import('../types.js').Llm} Llm whose list knows the names */

/** What answers, by itself. @param {string} [id] @param {Llm} [llm] */
export function modelName(id, llm) {
  if (id === WORKER) return t('worker');
  return isLocal() ? t('localModel') : realName(id, llm);
}

/** What answers, within a sentence. @param {string} [id] @param {Llm} [llm] */
export function modelTitle(id, llm) {
  if (id === WORKER) return t('aWorker');
  return isLocal() ? t('standsIn', { model: realName(id, llm) }) : realName(id, llm);
}

/** What a message says of its writer; `main` only where that stood in for another. @param {string} id @param {Llm} [llm] */
export function writerOf(id, llm) {
  const main = llm && isStandIn(id, llm) ? realName(mainModel(llm).id, llm) : '';
  return { name: modelName(id, llm), title: modelTitle(id, llm), main };
}

const realName = (id, llm) => llm?.models?.find((model) => model.id === id)?.name ?? readable(id);

/** @param {string} [id] such as `mistral.mistral-7b-instruct-v0:2` or `SmolLM2-135M-Instruct.Q4_1.gguf` */
function readable(id = '') {
  const bare = id
    .replace(/^.*\//, '')
    .replace(/\.gguf$/i, '')
    .replace(/[.-](?:I?Q\d\w*|F16|BF16|F32)$/i, '')
    .replace(/^(?:(?:us|eu|apac|global)\.)?[a-z0-9]+\.(?=[a-z])/, '')
    .replace(/(?:-v\d+)?:\d+$/, '');
  return bare
    .split('-')
    .map((word) => (/^\d+[bm]$/i.test(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(' ');
}
