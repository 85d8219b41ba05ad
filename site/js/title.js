/** A conversation's title from its first message, as the server makes it (`title_of` in handler/text.py): it need not be asked for. */
const LONGEST = 60;
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'; // as Python counts it
const LINE_ENDS = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE_END = new RegExp(`[${LINE_ENDS}]`);
const SPACES = new RegExp(`[${SPACE}]+`, 'g');
const EXTENDS = /[\p{Mn}\p{Me}\p{Mc}\p{Emoji_Modifier}\u200d\u{e0020}-\u{e007f}]/u;
const FLAG_HALF = /[\u{1f1e6}-\u{1f1ff}]/u;

/** @param {string} text @returns {string} the first line, cut between words */
export function titleOf(text) {
  const trimmed = text.replace(new RegExp(`^[${SPACE}]+`), '');
  const line = trimmed.split(LINE_END, 1)[0].replace(SPACES, ' ').replace(/ $/, '');
  const characters = [...line];
  if (characters.length <= LONGEST) return line;
  const cut = characters.slice(0, LONGEST);
  const space = cut.lastIndexOf(' ');
  return `${cut.slice(0, space < 0 ? wholeEnd(cut) : space).join('').replace(/[ ,.;:-]+$/, '')}…`;
}

/** All but a last cluster that the rest could change. @param {string[]} characters */
function wholeEnd(characters) {
  let end = characters.length - 1;
  if (/[^\p{L}\p{N}\u0080-\u{10ffff}]/u.test(characters[end])) return end + 1;
  while (end > 0 && isInside(characters[end - 1], characters[end])) end -= 1;
  return end;
}

const isInside = (before, character) => EXTENDS.test(character) || before === '\u200d' || (FLAG_HALF.test(before) && FLAG_HALF.test(character));
