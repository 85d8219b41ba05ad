/** The address: `#c=<conversation id>`, or nothing for a new chat. Reload, back and forward find a conversation again. */
import { NEW } from './state.js';
import { takeInviteFromAddress } from './invite.js';

export class Router {
  #open;

  /** @param {(key: string) => void} open */
  constructor(open) {
    this.#open = open;
  }

  start({ invited }) {
    addEventListener('hashchange', () => {
      if (location.hash.startsWith('#invite=')) {
        takeInviteFromAddress();
        invited();
      } else this.show();
    });
    addEventListener('popstate', () => location.hash || this.show());
  }

  /** Opens what the address names. */
  show() {
    const id = /^#c=([\w-]+)$/.exec(location.hash)?.[1];
    this.#open(id ?? NEW);
  }

  goNew() {
    if (location.hash) history.pushState(null, '', location.pathname + location.search);
    this.show();
  }

  /** A new chat got its id: Back still leads to what came before it. */
  replace(id) {
    history.replaceState(null, '', `#c=${id}`);
  }
}
