/**
 * Draws Markdown safely, whatever the model wrote: raw HTML shows as text, images become links, and
 * the rest passes DOMPurify before it reaches the page.
 */
import { Marked } from '../../vendor/marked.js';
import DOMPurify from '../../vendor/purify.js';
import { el } from './dom.js';
/** @import { Token, TokensList } from 'marked' */

/** @type {Record<string, string>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** @param {string} text */
const escapeHtml = (text) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2); // the page itself has h1 and h2
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
  },
});

const purify = DOMPurify(window);
purify.setConfig({
  ALLOWED_TAGS: [
    'a', 'p', 'br', 'hr', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li',
    'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td',
  ],
  ALLOWED_ATTR: ['href', 'title', 'align', 'start', 'class'],
  ADD_URI_SAFE_ATTR: ['align', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
});
purify.addHook('afterSanitizeAttributes', (node) => {
  const isLanguage = node.matches('code') && /^language-[\w+#.-]+$/.test(node.className);
  if (node.hasAttribute('class') && !isLanguage) node.removeAttribute('class');
  if (node.matches('a[href]')) {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer');
  }
});

/** The type of a block that is nested deeper than marked can follow. */
const TOO_DEEP = 'too deep';

/**
 * The source of each block in a place, so that a growing text redraws only what has changed.
 * @type {WeakMap<Element, string[]>}
 */
const drawn = new WeakMap();

/**
 * @param {HTMLElement} place gets one `div` a block
 * @param {string} text
 * @param {(block: HTMLElement) => void} decorate adds code headers and table frames to a new block
 */
export function drawMarkdown(place, text, decorate) {
  const tokens = parse(text);
  const blocks = tokens.filter((token) => token.type !== 'space' && token.type !== 'def');
  const links = JSON.stringify(tokens.links);
  const former = drawn.get(place) ?? [];
  // A block with brackets may refer to a link that is defined in another block.
  const sources = blocks.map(({ raw }) => (raw.includes('[') ? raw + links : raw));
  const changed = sources.findIndex((source, index) => source !== former[index]);
  const kept = changed < 0 ? sources.length : changed;
  while (place.children.length > kept) place.lastElementChild?.remove();
  for (const block of blocks.slice(kept)) place.append(drawBlock(block, tokens.links, decorate));
  drawn.set(place, sources);
}

/** @param {string} text @returns {TokensList} */
function parse(text) {
  try {
    return marked.lexer(text);
  } catch (error) {
    if (!isTooDeep(error)) throw error;
    return Object.assign([{ type: TOO_DEEP, raw: text }], { links: {} });
  }
}

/**
 * @param {Token} block @param {TokensList['links']} links
 * @param {(block: HTMLElement) => void} decorate
 */
function drawBlock(block, links, decorate) {
  const element = el('div', { dir: 'auto' });
  try {
    if (block.type === TOO_DEEP) throw new RangeError(TOO_DEEP);
    const html = marked.parser(Object.assign([block], { links }));
    element.append(purify.sanitize(html));
  } catch (error) {
    if (!isTooDeep(error)) throw error;
    element.className = 'as-written';
    element.append(block.raw);
  }
  for (const link of element.querySelectorAll('a')) if (link.href) revealTarget(link);
  decorate(element);
  return element;
}

/** Whether an engine ran out of stack; Firefox calls it an InternalError. @param {unknown} error */
const isTooDeep = (error) =>
  error instanceof Error && (error.name === 'RangeError' || error.name === 'InternalError');

const ADDRESS = /:\/\/|[^\s.]\.\p{L}{2,}/u;

/**
 * Says where a link leads when its text, which the model wrote, looks like another address.
 * @param {HTMLAnchorElement} link
 */
function revealTarget(link) {
  link.title = link.href; // in ASCII, as the browser will request it
  if (!/^https?:$/.test(link.protocol)) return;
  const text = link.textContent.trim().toLowerCase().replace(/^https?:\/\//, '');
  const isHonest = text.startsWith(link.host) && /^(?:$|[/?#])/.test(text.slice(link.host.length));
  if (isHonest || !ADDRESS.test(text)) return;
  link.append(el('span', { className: 'link-host', textContent: ` (${link.host})` }));
}
