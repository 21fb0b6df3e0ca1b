// JSON with the places of its parts: to highlight it, to lay it out without touching a digit, to mark what is wrong.

const STRING = /"(?:\\.|[^"\\\n\r])*"?/y;
const SPACE = /[ \t\r\n]+/y;
const NUMBER = /-?\d[\d.eE+-]*/y;
const WORD = /[A-Za-z_]\w*/y;

/** The tokens of a text, covering it whole. Strings that are names of members have the kind `key`. */
export function tokenizeJson(text) {
  const tokens = [];
  let solid = null;
  for (let at = 0; at < text.length; at = tokens.at(-1).end) {
    const token = next(text, at);
    tokens.push(token);
    if (token.kind === "space") continue;
    if (token.text === ":" && solid?.kind === "string") solid.kind = "key";
    solid = token;
  }
  return tokens;
}

/** The token at a place. Answers are long: the first character tells which pattern to try. */
function next(text, start) {
  const first = text[start];
  if ("{}[]:,".includes(first)) return { kind: "punctuator", start, end: start + 1, text: first };
  if (first === '"') return matched("string", STRING, text, start);
  const [kind, pattern] = " \t\r\n".includes(first)
    ? ["space", SPACE]
    : /[-\d]/.test(first)
      ? ["number", NUMBER]
      : ["word", WORD];
  return matched(kind, pattern, text, start) ?? invalid(text, start);
}

function matched(kind, pattern, text, start) {
  pattern.lastIndex = start;
  const found = pattern.exec(text);
  return found && { kind, start, end: start + found[0].length, text: found[0] };
}

function invalid(text, start) {
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

/** JSON laid out with two spaces a level, without the members that `omit` finds by the names that lead to
 *  them. Numbers keep every digit: JavaScript would round those of 64 bits. What is no JSON is left as it is. */
export function formatJson(text, omit = () => false) {
  return isJson(text) ? new Formatter(text, omit).all() : text;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Goes from token to token and makes no tree: answers have megabytes. */
class Formatter {
  constructor(text, omit) {
    Object.assign(this, { text, omit, at: 0, out: [], path: [] });
  }

  all() {
    this.value("");
    return this.out.join("");
  }

  /** The next token that is no space, without taking it. */
  get token() {
    const token = next(this.text, this.at);
    return token.kind === "space" ? next(this.text, token.end) : token;
  }

  take() {
    const { token } = this;
    this.at = token.end;
    return token.text;
  }

  value(indent) {
    const text = this.take();
    if (text === "{") this.items(indent, "{", "}", (inner, begin) => this.member(inner, begin));
    else if (text === "[") this.items(indent, "[", "]", (inner, begin) => this.item(inner, begin));
    else this.out.push(text);
  }

  /** What stands between brackets. Lines and commas are written by what follows them: it may be left out. */
  items(indent, open, close, item) {
    const inner = `${indent}  `;
    let written = 0;
    const begin = () => this.out.push(written++ ? ",\n" : "\n", inner);
    this.out.push(open);
    let { text } = this.token;
    for (; text !== close; text = this.token.text) {
      if (text === ",") this.take();
      else item(inner, begin);
    }
    this.take();
    this.out.push(written ? `\n${indent}${close}` : close);
  }

  item(indent, begin) {
    begin();
    this.value(indent);
  }

  member(indent, begin) {
    const key = this.take();
    this.take();
    this.path.push(JSON.parse(key));
    const { out } = this;
    // What is left out is read all the same, to get behind it.
    if (this.omit(this.path)) this.out = [];
    else {
      begin();
      out.push(key, ": ");
    }
    this.value(indent);
    this.out = out;
    this.path.pop();
  }
}
