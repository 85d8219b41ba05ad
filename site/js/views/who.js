/** Which model answers, for the settings: the main one, how it is, and which one stands in. */
import { isLocal } from '../config.js';
import { moment, t } from '../i18n.js';
import { askedNext, isResting, mainModel } from '../models.js';
import { modelTitle } from '../names.js';
import { el } from './dom.js';

const more = (text) => el('p', { className: 'fact-more', textContent: text });

/** @param {import('../types.js').Llm} [llm] @returns {[string, ...(Node|string)[]][]} each row's name, and what stands beside it */
export function modelRows(llm) {
  if (!llm) return [];
  if (llm.backend === 'worker') return [[t('factModel'), t(isLocal() ? 'workerHere' : 'workerWrites')]];
  const main = mainModel(llm);
  const row = [t('factModel'), modelTitle(main.id, llm)];
  if (isResting(main)) return [[...row, more(t('rests', { when: moment(main.resting_until) }))], standInRow(llm, main)].filter(Boolean);
  return [llm.state === 'on' ? [...row, more(t('isReady'))] : row];
}

function standInRow(llm, main) {
  const next = askedNext(llm);
  if (next === main) return null;
  return [t('factStandIn'), modelTitle(next.id, llm), more(t(isResting(next) ? 'triesNext' : 'answersNow'))];
}
