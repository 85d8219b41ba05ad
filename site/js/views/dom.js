/** Small helpers to make elements; text always goes in as text. */

/** @param {string} name @param {ParentNode} [root] @returns {HTMLElement} the static element marked `data-part` */
export function part(name, root = document) {
  const element = root.querySelector(`[data-part="${name}"]`);
  if (!element) throw new Error(`index.html has no part ${name}`);
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] properties; `data` and `attrs` are objects of their own
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, { data = {}, attrs = {}, ...props } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} name a symbol of the sprite in index.html */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} name symbol @param {string} label accessible name @param {string} action `data-action` */
export function iconButton(name, label, action) {
  return el('button', { type: 'button', className: 'icon-button', title: label, data: { action }, attrs: { 'aria-label': label } }, icon(name));
}

/** Copies and says so on the button for a moment. @param {HTMLElement} button @param {string} text @param {string} done */
export async function copyFrom(button, text, done) {
  await navigator.clipboard.writeText(text);
  const use = button.querySelector('use');
  const before = use.getAttribute('href');
  use.setAttribute('href', '#i-check');
  button.dataset.done = done;
  setTimeout(() => {
    use.setAttribute('href', before === '#i-check' ? '#i-copy' : before);
    delete button.dataset.done;
  }, 1600);
}

/** Whether fingers are the main way in: Enter then makes a new line. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches;
