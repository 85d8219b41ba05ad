/** The screen without a valid invite. */
import { t } from '../i18n.js';
import { parseInvite } from '../invite.js';
import { part } from './dom.js';
/** @import { State } from '../state.js' */

export class SignIn {
  /** @param {{state: State, signIn: (token: string) => void}} parts */
  constructor({ state, signIn }) {
    const screen = part('sign-in');
    const app = part('app');
    const reason = part('sign-in-reason');
    const input = part('invite', HTMLInputElement);
    state.on('session', () => {
      const { open, reason: key } = state.session;
      screen.hidden = open;
      app.hidden = !open;
      reason.textContent = key ? t(key) : '';
      if (!open) input.focus();
    });
    part('sign-in-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const token = parseInvite(input.value);
      reason.textContent = token ? '' : t('inviteMissing');
      if (token) {
        input.value = '';
        signIn(token);
      } else input.select();
    });
  }
}
