/** Model ids as people say them. */
import { isLocal } from './config.js';
import { t } from './i18n.js';

/** @param {string} [id] what answers, in a sentence */
export const modelTitle = (id = '') => (isLocal() ? t('standsIn', { model: id }) : id);

/** @param {string} [id] such as `mistral.mistral-7b-instruct-v0:2` or `SmolLM2-135M-Instruct.Q4_1.gguf` */
export function modelName(id = '') {
  if (isLocal()) return t('localModel');
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
