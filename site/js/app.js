/** Wires the parts together; nothing else happens here. */
import { sendBlocker } from './account/limits.js';
import { Api } from './api.js';
import { readConfig } from './config.js';
import { Conversations } from './conversations.js';
import { ApiError } from './errors.js';
import { t, translatePage } from './i18n.js';
import { takeInviteFromAddress } from './invite.js';
import { Router } from './router.js';
import { Session } from './session.js';
import { Socket } from './socket.js';
import { State } from './state.js';
import * as storage from './storage.js';
import { Delivery } from './turn/delivery.js';
import { Sender } from './turn/sender.js';
import { Account } from './views/account.js';
import { announce, toast } from './views/announcements.js';
import { Composer } from './views/composer.js';
import { askForText, askToConfirm } from './views/dialog.js';
import { isTouch } from './views/dom.js';
import { Sidebar } from './views/sidebar.js';
import { SignIn } from './views/sign-in.js';
import { Transcript } from './views/transcript.js';
/** @import { Conversation } from './types.js' */

takeInviteFromAddress();
translatePage();

const config = readConfig();
const state = new State();
const token = storage.token.read;
const api = new Api(config.api, token);
const socket = new Socket(config.ws);
const delivery = new Delivery({ state, api, socket, token });
const sender = new Sender({ state, delivery });
const conversations = new Conversations({ state, api, sender });
const router = new Router((key) => attempt(() => conversations.open(key)));
const session = new Session({ state, api, socket, sender, conversations, router });

/** Runs what a person asked for, and shows a failed request. @param {() => Promise<void>} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'unauthorized') session.close('inviteExpired');
    else toast(error);
  }
}

/** @param {string} text */
async function submit(text) {
  if (sendBlocker(state)) await session.refreshMe();
  if (sendBlocker(state)) return false;
  sender.send(state.thread(), text, state.editing?.id);
  return true;
}

/** @param {Conversation} conversation */
async function remove({ id, title }) {
  const text = t('deleteText', { title: title || t('untitled') });
  const isConfirmed = await askToConfirm({
    title: t('deleteTitle'), text, ok: t('delete'), isDanger: true,
  });
  if (!isConfirmed) return;
  await attempt(async () => {
    await conversations.remove(id);
    if (state.current === id) router.goNew();
  });
}

async function removeAll() {
  const isConfirmed = await askToConfirm({
    title: t('deleteAllTitle'), text: t('deleteAllText'), ok: t('delete'), isDanger: true,
  });
  if (!isConfirmed) return;
  await attempt(() => conversations.removeAll());
  router.goNew();
}

/** @param {Conversation} conversation */
async function rename({ id, title: value }) {
  const title = await askForText({ title: t('rename'), ok: t('save'), value });
  if (title) await attempt(() => conversations.rename(id, title));
}

async function leave() {
  const question = { title: t('leaveTitle'), text: t('leaveText'), ok: t('forget') };
  if (await askToConfirm(question)) session.forget();
}

const composer = new Composer({ state, sender, submit });
const sidebar = new Sidebar({
  state,
  rename,
  remove,
  loadMore: () => attempt(() => conversations.loadMore()),
  reload: () => attempt(() => conversations.refresh()),
});
new Account({ state, version: config.version, removeAll, leave });
new Transcript({
  state,
  sender,
  suggest: (text) => composer.fill(text),
  reload: () => attempt(() => conversations.open(state.current)),
  actions: {
    retry: (thread, user) => sender.retry(thread, user),
    regenerate: (thread, user) => sender.send(thread, user.text, user.id),
    continue: (thread) => sender.send(thread, t('continueText')),
    edit: (_thread, { id, text }) => id && state.setEditing({ id, text }),
    withdraw: (thread, user) => composer.fill(sender.withdraw(thread, user)),
  },
});
new SignIn({ state, signIn: (invite) => session.signIn(invite) });

state.on('session', () => {
  if (state.session.open && !isTouch()) composer.focus();
});
state.on('created', ({ thread, isCurrent, title }) => {
  if (isCurrent) router.replace(thread.key);
  if (title) conversations.add(thread.key, title);
});
state.on('started', ({ thread }) => attempt(() => conversations.touch(thread.key)));
state.on('ended', ({ thread, reply }) => {
  if (thread === state.thread()) announce(reply);
  session.onTurnEnded(reply);
});
document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element)) return;
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
