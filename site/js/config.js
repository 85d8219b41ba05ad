/** The settings that Terraform writes into index.html. */

/** @param {string} name */
function setting(name) {
  const tag = document.querySelector(`meta[name="forever-us:${name}"]`);
  if (!(tag instanceof HTMLMetaElement)) throw new Error(`index.html has no meta tag for ${name}.`);
  return tag.content;
}

/** Whether the stack runs on this machine, where one local model answers for every model. */
export const isLocal = () => /^https?:\/\/127\.0\.0\.1[:/]/.test(setting('api'));

/** Whether the stack can be reached: one on this machine needs no network. */
export const isOnline = () => isLocal() || navigator.onLine;

/** @returns {{api: string, ws: string, version: string}} */
export const readConfig = () => ({
  api: setting('api'),
  ws: setting('ws'),
  version: setting('version'),
});
