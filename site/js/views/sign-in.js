/** What a person without a valid invite sees. */
import { t } from '../i18n.js';
import { parseInvite } from '../invite.js';
import { part } from './dom.js';

export class Door {
  /** @param {{state: import('../state.js').State, enter: (token: string) => void}} parts */
  constructor({ state, enter }) {
    const [door, app, reason, form] = ['door', 'app', 'door-reason', 'door-form'].map((name) => part(name));
    const input = form.elements.invite;
    state.on('session', () => {
      const { open, reason: why } = state.session;
      door.hidden = open;
      app.hidden = !open;
      reason.textContent = why ? t(why) : '';
      if (!open) input.focus();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = parseInvite(input.value);
      reason.textContent = token ? '' : t('doorEmpty');
      if (!token) return input.select();
      input.value = '';
      enter(token);
    });
  }
}
