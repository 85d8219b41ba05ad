/** The dialog that asks for a confirmation or for one line of text. */
import { part } from './dom.js';

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} [text]
 * @property {string} ok the label of the button that agrees
 * @property {string} [value] what the text field starts with; without it there is no field
 * @property {boolean} [isDanger]
 */

/** @param {Omit<Question, 'value'>} question @returns {Promise<boolean>} */
export const askToConfirm = async (question) => (await open(question)) !== null;

/**
 * @param {Question & {value: string}} question
 * @returns {Promise<string|null>} the trimmed text, or null when it was cancelled
 */
export const askForText = (question) => open(question);

/** @param {Question} question @returns {Promise<string|null>} */
function open({ title, text = '', ok, value, isDanger = false }) {
  const dialog = part('dialog', HTMLDialogElement);
  const input = part('dialog-input', HTMLInputElement);
  const hasField = value !== undefined;
  part('dialog-title').textContent = title;
  part('dialog-text').textContent = text;
  part('dialog-text').hidden = !text;
  part('dialog-ok').textContent = ok;
  part('dialog-ok').classList.toggle('button-danger', isDanger);
  part('dialog-field').hidden = !hasField;
  input.value = value ?? '';
  input.required = hasField;
  const answer = nextAnswer(dialog, input);
  dialog.showModal();
  if (hasField) input.select();
  else part('dialog-cancel').focus();
  return answer;
}

/**
 * @param {HTMLDialogElement} dialog @param {HTMLInputElement} input
 * @returns {Promise<string|null>}
 */
function nextAnswer(dialog, input) {
  return new Promise((resolve) => {
    const answered = new AbortController();
    const { signal } = answered;
    /** @param {string|null} answer */
    const settle = (answer) => {
      answered.abort();
      dialog.close();
      resolve(answer);
    };
    part('dialog-form').addEventListener('submit', (event) => {
      event.preventDefault();
      settle(input.value.trim());
    }, { signal });
    part('dialog-cancel').addEventListener('click', () => settle(null), { signal });
    dialog.addEventListener('close', () => settle(null), { signal });
  });
}
