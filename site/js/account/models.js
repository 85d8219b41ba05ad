/** Who writes the replies, as `GET /me` tells it: models in the order in which they are asked. One that failed rests, and its rest ends by itself. */

/** @typedef {import('../types.js').Llm} Llm */

/** @param {import('../types.js').Model} model */
export const isResting = (model, now = Date.now()) => Date.parse(model.resting_until) > now;

/** The one that answers unless it rests. @param {Llm} llm @returns {{id: string}} */
export const mainModel = ({ models, model }) => models?.[0] ?? { id: model };

/** The first that does not rest; where all do, the one whose rest ends first. @param {Llm} llm @returns {{id: string}} */
export function askedNext(llm, now = Date.now()) {
  const models = llm.models ?? [];
  const [soonest] = models.toSorted((one, other) => Date.parse(one.resting_until) - Date.parse(other.resting_until));
  return models.find((model) => !isResting(model, now)) ?? soonest ?? mainModel(llm);
}

/** Whether a model is one of those that answer where the main one cannot. @param {string} id @param {Llm} llm */
export const isStandIn = (id, llm) => mainModel(llm).id !== id && Boolean(llm.models?.some((model) => model.id === id));
