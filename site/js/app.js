/** Wires the parts together; nothing else happens here. */
import { Api } from './api.js';
import { obstacle } from './account/limits.js';
import { readConfig } from './config.js';
import { Conversations } from './conversations.js';
import { Delivery } from './turn/delivery.js';
import { t, translate } from './i18n.js';
import { takeInviteFromAddress } from './invite.js';
import { Router } from './router.js';
import { Session } from './session.js';
import { Socket } from './socket.js';
import { State } from './state.js';
import * as storage from './storage.js';
import { Turns } from './turn/sender.js';
import { Account } from './views/account.js';
import { ask } from './views/dialog.js';
import { Composer } from './views/composer.js';
import { isTouch } from './views/dom.js';
import { Door } from './views/sign-in.js';
import { Sidebar } from './views/sidebar.js';
import { Transcript } from './views/transcript.js';
import { announce, toast } from './views/announcements.js';

takeInviteFromAddress();
translate();

const config = readConfig();
const state = new State();
const token = storage.token.read;
const api = new Api(config.api, token);
const socket = new Socket(config.ws);
const delivery = new Delivery({ state, api, socket, token });
const turns = new Turns({ state, delivery });
const conversations = new Conversations({ state, api, turns });
const router = new Router((key) => attempt(() => conversations.open(key)));
const session = new Session({ state, api, socket, turns, conversations, router });

/** Runs what a person asked for; a refusal is said in their language. */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!error.code) throw error;
    if (error.code === 'unauthorized') session.close('doorExpired');
    else toast(error);
  }
}

async function submit(text) {
  if (obstacle(state)) await session.refreshMe();
  if (obstacle(state)) return false;
  turns.send(state.thread(), text, { replaces: state.editing?.id });
  return true;
}

async function remove(item) {
  const yes = await ask({ title: t('deleteTitle'), text: t('deleteText', { title: item.title || t('untitled') }), ok: t('delete'), isDanger: true });
  if (yes === null) return;
  await attempt(async () => {
    await conversations.remove(item.id);
    if (state.current === item.id) router.goNew();
  });
}

async function removeAll() {
  if ((await ask({ title: t('deleteAllTitle'), text: t('deleteAllText'), ok: t('delete'), isDanger: true })) === null) return;
  await attempt(() => conversations.removeAll());
  router.goNew();
}

async function rename(item) {
  const title = await ask({ title: t('rename'), ok: t('save'), value: item.title });
  if (title) await attempt(() => conversations.rename(item.id, title));
}

async function leave() {
  if ((await ask({ title: t('leaveTitle'), text: t('leaveText'), ok: t('forget') })) !== null) session.forget();
}

const composer = new Composer({ state, turns, submit, stop: () => turns.stop(state.thread()) });
const sidebar = new Sidebar({ state, rename, remove, more: () => attempt(() => conversations.loadMore()), reload: () => attempt(() => conversations.refresh()) });
new Account({ state, version: config.version, removeAll, leave });
new Transcript({
  state,
  turns,
  idea: (text) => composer.fill(text),
  reload: () => attempt(() => conversations.open(state.current)),
  on: {
    retry: (thread, message, user) => turns.retry(thread, user),
    regenerate: (thread, message, user) => turns.send(thread, user.text, { replaces: user.id }),
    continue: (thread) => turns.send(thread, t('continueText')),
    edit: (thread, message) => state.setEditing({ id: message.id, text: message.text }),
    'take-back': (thread, message, user) => composer.fill(turns.takeBack(thread, user)),
  },
});
new Door({ state, enter: (invite) => session.enter(invite) });

state.on('session', () => state.session.open && !isTouch() && composer.focus());
state.on('ended', ({ thread, reply }) => {
  if (thread === state.thread()) announce(reply);
  session.afterTurn(reply);
});
state.on('begun', ({ thread }) => attempt(() => conversations.touch(thread.id)));
state.on('named', ({ thread, isCurrent }) => {
  if (isCurrent) router.replace(thread.id);
  conversations.add(thread.id, thread.messages[0].text);
});
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-action="new-chat"]')) {
    router.goNew();
    sidebar.close();
    composer.focus();
  } else if (event.target.closest('.skip')) {
    event.preventDefault();
    composer.focus();
  }
});

session.start();
