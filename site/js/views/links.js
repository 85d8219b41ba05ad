/** Says where a link really leads: its text is the model's, and may look like another address. */
import { el } from './dom.js';

const ADDRESS = /:\/\/|[^\s.]\.\p{L}{2,}/u;

/** @param {HTMLAnchorElement} link an absolute one */
export function tellHost(link) {
  link.title = link.href; // in ASCII, as the browser will ask for it
  if (!/^https?:$/.test(link.protocol)) return;
  const said = link.textContent.trim().toLowerCase().replace(/^https?:\/\//, '');
  const isTrue = said.startsWith(link.host) && /^(?:$|[/?#])/.test(said.slice(link.host.length));
  if (ADDRESS.test(said) && !isTrue) link.append(el('span', { className: 'link-host', textContent: ` (${link.host})` }));
}
