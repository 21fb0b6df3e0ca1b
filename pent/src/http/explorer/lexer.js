// The tokens of a GraphQL document. They cover its whole text, whatever is wrong with it: what is highlighted has to
// lie exactly under what is typed.

/** A part of the text, `start` to `end`. `kind` is one of
 *  space, comment, name, number, string, punctuator, invalid; a string may be unterminated.
 *  @typedef {{ kind: string, start: number, end: number, text: string, unterminated?: boolean }} Token */

// The alternatives in the order in which they are tried: a block string begins as an empty string does. Numbers take
// what touches them, so that `12ab` is one mistake and not a number and a name.
const PATTERNS = [
  ["space", /[\s,\uFEFF]+/y],
  ["comment", /#[^\n\r]*/y],
  ["string", /"""(?:\\"""|[^])*?(?:"""|$)/y],
  ["string", /"(?:\\.|[^"\\\n\r])*"?/y],
  ["name", /[_A-Za-z][_0-9A-Za-z]*/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[_0-9A-Za-z.]*/y],
  ["punctuator", /\.\.\.|[!$&():=@[\]{|}]/y],
];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** All tokens of a text, spaces and comments among them.
 *  @returns {Token[]} */
export function tokenize(text) {
  const tokens = [];
  let at = 0;
  while (at < text.length) {
    const token = next(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function next(text, start) {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const found = pattern.exec(text);
    if (found) return finished({ kind, start, end: start + found[0].length, text: found[0] });
  }
  // A character beyond the first plane takes two units; half of one would be drawn as a box.
  const end = start + String.fromCodePoint(text.codePointAt(start)).length;
  return { kind: "invalid", start, end, text: text.slice(start, end) };
}

function finished(token) {
  if (token.kind === "number" && !NUMBER.test(token.text)) return { ...token, kind: "invalid" };
  if (token.kind === "string" && !isTerminated(token.text)) return { ...token, unterminated: true };
  return token;
}

function isTerminated(text) {
  const quotes = text.startsWith('"""') ? '"""' : '"';
  return text.length >= 2 * quotes.length && text.endsWith(quotes) && !text.endsWith("\\" + quotes);
}
