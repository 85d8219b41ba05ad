/** Which model answers, for the settings: the main one, how it is, and which one stands in. */
import { isLocal } from '../config.js';
import { moment, t } from '../i18n.js';
import { askedNext, isResting, mainModel } from '../account/models.js';
import { modelName, modelTitle } from '../account/names.js';
import { el } from './dom.js';

const more = (text) => text && el('p', { className: 'fact-more', textContent: text });

/** @param {import('../types.js').Llm} [llm] @returns {[string, ...(Node|string)[]][]} each row's name, and what stands beside it */
export function modelRows(llm) {
  if (!llm) return [];
  const main = mainModel(llm);
  const name = llm.backend === 'worker' ? modelName(main.id, llm) : modelTitle(main.id, llm);
  const rows = [[t('factModel'), name, more(condition(llm, main))], isResting(main) && standInRow(llm, main)];
  return rows.filter(Boolean);
}

function condition({ backend, state }, main) {
  if (backend === 'worker') return t(isLocal() ? 'workerHere' : 'workerWrites');
  if (isResting(main)) return t('rests', { when: moment(main.resting_until) });
  return state === 'on' ? t('isReady') : '';
}

function standInRow(llm, main) {
  const next = askedNext(llm);
  if (next === main) return null;
  return [t('factStandIn'), modelTitle(next.id, llm), more(t(isResting(next) ? 'triesNext' : 'answersNow'))];
}
