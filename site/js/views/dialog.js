/** One dialog for questions: a yes or no, or a new title. */
import { part } from './dom.js';

/**
 * @param {{title: string, text?: string, ok: string, value?: string, isDanger?: boolean}} question with `value`, a text field is shown
 * @returns {Promise<string|null>} the text (empty for a plain yes), or null
 */
export function ask({ title, text = '', ok, value, isDanger = false }) {
  const dialog = part('ask');
  const form = part('ask-form');
  const input = form.elements.title;
  const hasField = value !== undefined;
  part('ask-title').textContent = title;
  part('ask-text').textContent = text;
  part('ask-text').hidden = !text;
  part('ask-ok').textContent = ok;
  part('ask-ok').classList.toggle('button-danger', isDanger);
  part('ask-field').hidden = !hasField;
  input.value = value ?? '';
  input.required = hasField;
  const done = new AbortController();
  return new Promise((resolve) => {
    const answer = (result) => {
      done.abort();
      dialog.close();
      resolve(result);
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      answer(input.value.trim());
    }, { signal: done.signal });
    part('ask-cancel').addEventListener('click', () => answer(null), { signal: done.signal });
    dialog.addEventListener('close', () => answer(null), { signal: done.signal });
    dialog.showModal();
    if (hasField) input.select();
    else part('ask-cancel').focus();
  });
}
