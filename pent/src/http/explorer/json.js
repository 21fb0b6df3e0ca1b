// JSON with the places of its parts: to highlight it, to lay it out without touching a digit, to mark what is wrong.

const PATTERNS = [
  ["space", /[ \t\r\n]+/y],
  ["string", /"(?:\\.|[^"\\\n\r])*"?/y],
  ["number", /-?\d[\d.eE+-]*/y],
  ["word", /[A-Za-z_]\w*/y],
  ["punctuator", /[{}[\]:,]/y],
];

/** The tokens of a text, covering it whole. Strings that are names of members have the kind `key`. */
export function tokenizeJson(text) {
  const tokens = [];
  for (let at = 0; at < text.length; at = tokens.at(-1).end) tokens.push(next(text, at));
  const solid = tokens.filter(({ kind }) => kind !== "space");
  solid.forEach((token, at) => {
    if (token.kind === "string" && solid[at + 1]?.text === ":") token.kind = "key";
  });
  return tokens;
}

function next(text, start) {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const found = pattern.exec(text);
    if (found) return { kind, start, end: start + found[0].length, text: found[0] };
  }
  const end = start + String.fromCodePoint(text.codePointAt(start)).length;
  return { kind: "invalid", start, end, text: text.slice(start, end) };
}

/** Parses a text as far as it goes.
 *  Nodes are `{ type, start, end }`, with `members` (`{ key, name, value }`), `items` or a `value`.
 *  @returns {{ root: object | null, problem: { start: number, end: number, message: string } | null }} */
export function parseJson(text) {
  const tokens = tokenizeJson(text).filter(({ kind }) => kind !== "space");
  const parser = { tokens, at: 0, problem: null, end: text.length };
  const root = tokens.length ? value(parser) : null;
  if (!parser.problem && tokens[parser.at]) fail(parser, "expected the end");
  return { root, problem: parser.problem };
}

function value(parser) {
  const token = parser.tokens[parser.at];
  if (token?.text === "{") return object(parser);
  if (token?.text === "[") return list(parser);
  if (!["string", "number", "word"].includes(token?.kind)) return fail(parser, "expected a value");
  const read = scalar(token.text);
  if (read === undefined) return fail(parser, token.kind === "string" ? "the string is broken" : "not a value of JSON");
  parser.at += 1;
  return { type: read === null ? "null" : typeof read, value: read, start: token.start, end: token.end };
}

/** The value of one token; undefined where it has none. */
function scalar(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function object(parser) {
  const node = { type: "object", members: [], start: parser.tokens[parser.at].start };
  return between(parser, node, "}", () => {
    const token = parser.tokens[parser.at];
    const name = token?.kind === "key" || token?.kind === "string" ? scalar(token.text) : undefined;
    if (name === undefined) return fail(parser, "expected a name in double quotes");
    parser.at += 1;
    const member = { key: token, name, value: null };
    node.members.push(member);
    if (!take(parser, ":")) return fail(parser, 'expected ":"');
    member.value = value(parser);
    return member.value;
  });
}

function list(parser) {
  const node = { type: "list", items: [], start: parser.tokens[parser.at].start };
  return between(parser, node, "]", () => {
    const item = value(parser);
    if (item) node.items.push(item);
    return item;
  });
}

/** Parts with commas between them, up to a closing bracket. */
function between(parser, node, close, part) {
  parser.at += 1;
  if (!take(parser, close)) {
    do {
      if (!part()) break;
    } while (take(parser, ","));
    if (!parser.problem && !take(parser, close)) fail(parser, `expected "," or "${close}"`);
  }
  node.end = parser.problem ? parser.end : parser.tokens[parser.at - 1].end;
  return node;
}

function take(parser, text) {
  if (parser.tokens[parser.at]?.text !== text) return false;
  parser.at += 1;
  return true;
}

/** The first problem is the one that is told. */
function fail(parser, message) {
  const token = parser.tokens[parser.at] ?? parser.tokens.at(-1);
  parser.problem ??= { start: token.start, end: token.end, message: `This is no JSON: ${message}.` };
  return null;
}

/** JSON laid out with two spaces a level, without the members that `omit` finds by their path. Numbers keep every
 *  digit: JavaScript would round those of 64 bits. */
export function formatJson(text, omit = () => false) {
  const { root, problem } = parseJson(text);
  if (problem || !root) return text;
  return formatted(root, text, "", [], omit);
}

function formatted(node, text, indent, path, omit) {
  const inner = `${indent}  `;
  if (node.type === "object") {
    const kept = node.members.filter(({ name }) => !omit([...path, name]));
    const lines = kept.map(({ key, name, value }) => {
      return `${inner}${key.text}: ${formatted(value, text, inner, [...path, name], omit)}`;
    });
    return lines.length ? `{\n${lines.join(",\n")}\n${indent}}` : "{}";
  }
  if (node.type === "list") {
    const lines = node.items.map((item, at) => inner + formatted(item, text, inner, [...path, at], omit));
    return lines.length ? `[\n${lines.join(",\n")}\n${indent}]` : "[]";
  }
  return text.slice(node.start, node.end);
}
