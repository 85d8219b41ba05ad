/** ULID: 48 bits of time and 80 random bits in Crockford's base 32, as https://github.com/ulid/spec says. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * @param {number} [now] milliseconds since 1970
 * @returns {string} 26 characters
 */
export function ulid(now = Date.now()) {
  let time = '';
  for (let rest = now; time.length < 10; rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32] + time;
  const random = crypto.getRandomValues(new Uint8Array(16));
  return time + Array.from(random, (byte) => ALPHABET[byte % 32]).join('');
}
