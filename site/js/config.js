/** What Terraform wrote into the page when it was uploaded. */

/** @param {string} name */
function meta(name) {
  const tag = document.querySelector(`meta[name="forever-us:${name}"]`);
  if (!tag) throw new Error(`index.html has no meta tag forever-us:${name}`);
  return tag.content;
}

/** Whether the stack runs on this very machine, where another model stands in for the one that the stack names. */
export const isLocal = () => /^https?:\/\/127\.0\.0\.1[:/]/.test(meta('api'));

/** @returns {{api: string, ws: string, version: string}} */
export const readConfig = () => ({ api: meta('api'), ws: meta('ws'), version: meta('version') });
