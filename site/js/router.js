/**
 * The address: `#c=<conversation id>`, or no fragment for a new chat. A reload and the browser's
 * Back and Forward lead to the same conversation.
 */
import { takeInviteFromAddress } from './invite.js';
import { NEW } from './state.js';

export class Router {
  #open;

  /** @param {(key: string) => void} open */
  constructor(open) {
    this.#open = open;
  }

  /** @param {{onInvite: () => void}} listeners called when an invite link opens in this tab */
  start({ onInvite }) {
    addEventListener('hashchange', () => {
      if (location.hash.startsWith('#invite=')) {
        takeInviteFromAddress();
        onInvite();
      } else this.show();
    });
    addEventListener('popstate', () => location.hash || this.show());
  }

  /** Opens the conversation in the address. */
  show() {
    this.#open(/^#c=([\w-]+)$/.exec(location.hash)?.[1] ?? NEW);
  }

  goNew() {
    if (location.hash) history.pushState(null, '', location.pathname + location.search);
    this.show();
  }

  /**
   * Puts a new chat's id into the address without a step in the history.
   * @param {string} id
   */
  replace(id) {
    history.replaceState(null, '', `#c=${id}`);
  }
}
