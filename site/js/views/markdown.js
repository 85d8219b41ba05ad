/**
 * Markdown of a model that nobody controls, drawn safely: raw HTML is shown as text, images become links,
 * and what `marked` makes of the rest passes DOMPurify before it reaches the page.
 */
import { Marked } from '../../vendor/marked.js';
import DOMPurify from '../../vendor/purify.js';
import { tellHost } from './links.js';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign]);

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || href)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2); // the page's own headings come first
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
  },
});

const purify = DOMPurify(window);
purify.setConfig({
  ALLOWED_TAGS: ['a', 'p', 'br', 'hr', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li',
    'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ALLOWED_ATTR: ['href', 'title', 'align', 'start', 'class'],
  ADD_URI_SAFE_ATTR: ['align', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
});
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.hasAttribute('class') && !(node.matches('code') && /^language-[\w+#.-]+$/.test(node.className))) node.removeAttribute('class');
  if (node.matches('a[href]')) {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer');
  }
});

const TOO_DEEP = 'too deep';

/** The source of every block that is drawn, so that a growing text draws only what changed. @type {WeakMap<Element, string[]>} */
const drawn = new WeakMap();

/**
 * @param {HTMLElement} place filled with one `div` a block
 * @param {string} text
 * @param {(block: HTMLElement) => void} finish dresses a new block (code headers, table frames)
 */
export function drawMarkdown(place, text, finish) {
  const tokens = read(text);
  const blocks = tokens.filter((token) => token.type !== 'space' && token.type !== 'def');
  const links = JSON.stringify(tokens.links);
  const before = drawn.get(place) ?? [];
  const now = blocks.map((block) => (/\[/.test(block.raw) ? block.raw + links : block.raw));
  const same = now.findIndex((source, index) => source !== before[index]);
  const keep = same < 0 ? now.length : same;
  while (place.children.length > keep) place.lastElementChild.remove();
  for (const block of blocks.slice(keep)) place.append(drawBlock(block, tokens.links, finish));
  drawn.set(place, now);
}

/** The text's blocks; a text that is nested deeper than marked can follow is one block. */
function read(text) {
  try {
    return marked.lexer(text);
  } catch (error) {
    if (!isTooDeep(error)) throw error;
    return Object.assign([{ type: TOO_DEEP, raw: text }], { links: {} });
  }
}

function drawBlock(block, links, finish) {
  const element = document.createElement('div');
  element.dir = 'auto';
  try {
    if (block.type === TOO_DEEP) throw new RangeError(TOO_DEEP);
    element.append(purify.sanitize(marked.parser(Object.assign([block], { links }))));
  } catch (error) {
    if (!isTooDeep(error)) throw error;
    element.className = 'as-written';
    element.append(block.raw);
  }
  for (const link of element.querySelectorAll('a[href]')) tellHost(link);
  finish(element);
  return element;
}

/** What an engine says when it runs out of stack; Firefox has a name of its own for it. */
const isTooDeep = ({ name }) => name === 'RangeError' || name === 'InternalError';
