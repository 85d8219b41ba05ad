/** What Terraform wrote into the page when it was uploaded. */

/** @param {string} name */
function meta(name) {
  const tag = document.querySelector(`meta[name="forever-us:${name}"]`);
  if (!tag) throw new Error(`index.html has no meta tag forever-us:${name}`);
  return tag.content;
}

/** @returns {{api: string, ws: string, version: string}} */
export const readConfig = () => ({ api: meta('api'), ws: meta('ws'), version: meta('version') });
