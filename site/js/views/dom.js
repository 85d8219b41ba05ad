/** Helpers to find and make elements. Text always goes in as text, never as HTML. */

/** @typedef {Node|string|null|undefined|false} Child what is neither a node nor text is left out */

/**
 * The static element marked `data-part`.
 * @overload
 * @param {string} name
 * @returns {HTMLElement}
 */
/**
 * @template {HTMLElement} Type
 * @overload
 * @param {string} name
 * @param {new () => Type} type
 * @returns {Type}
 */
/** @param {string} name @param {new () => HTMLElement} type */
export function part(name, type = HTMLElement) {
  const element = document.querySelector(`[data-part="${name}"]`);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} called ${name}.`);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<Omit<HTMLElementTagNameMap[Tag], 'children'>>
 *   & {data?: Record<string, string>, attrs?: Record<string, string>}} [props]
 * @param {...Child} children
 */
export function el(tag, { data = {}, attrs = {}, ...props } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, value);
  for (const child of children) if (child) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} name of a symbol in index.html */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} name an icon's @param {string} label @param {string} action `data-action` */
export function iconButton(name, label, action) {
  return el('button', {
    type: 'button',
    className: 'icon-button',
    title: label,
    data: { action },
    attrs: { 'aria-label': label },
  }, icon(name));
}

/**
 * The element with a `data-action` that an event happened in.
 * @param {Event} event
 * @returns {HTMLElement|null}
 */
export function actionElement({ target }) {
  const found = target instanceof Element ? target.closest('[data-action]') : null;
  return found instanceof HTMLElement ? found : null;
}

const CHECK_MS = 1_600;

/**
 * Copies a text, and shows so on the button for a moment.
 * @param {HTMLElement} button @param {string} text @param {string} done the word for it
 */
export async function copyFrom(button, text, done) {
  await navigator.clipboard.writeText(text);
  const use = button.querySelector('use');
  use?.setAttribute('href', '#i-check');
  button.dataset.done = done;
  setTimeout(() => {
    use?.setAttribute('href', '#i-copy');
    delete button.dataset.done;
  }, CHECK_MS);
}

/** Whether fingers are the main pointer. The Enter key then starts a new line. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches;
