// From tokens to a tree, whatever is wrong with the document: an editor is asked about what is still being written.

import { tokenize } from "./lexer.js";

/** Levels of brackets. A deeper document would run out of stack; servers refuse it long before. */
const DEPTH_MAX = 200;

/** Parses a document. Every node has a `kind`, `start` and `end`; names are nodes, too.
 *  @returns {{ definitions: object[], problems: { start: number, end: number, message: string }[] }} */
export function parse(text) {
  const parser = new Parser(text);
  return { definitions: parser.document(), problems: parser.problems };
}

/** What may stand at the end of a text that is broken off: the kind of thing (`selection`, `argument`, `value`, ...),
 *  and the nodes that are open there, outermost first. */
export function expectedAtEnd(text) {
  const parser = new Parser(text);
  parser.document();
  return parser.expected;
}

class Parser {
  constructor(text) {
    this.tokens = tokenize(text).filter((token) => token.kind !== "space" && token.kind !== "comment");
    this.end = text.length;
    this.at = 0;
    this.problems = [];
    // Where they are.
    this.broken = new Set();
    this.open = [];
    this.closing = [];
    this.expected = null;
    const broken = this.tokens.find((token) => token.unterminated);
    if (broken) this.problem(broken, "the string does not end");
  }

  document() {
    const definitions = [];
    this.note("definition");
    while (this.token) {
      const start = this.at;
      if (this.is("{") || ["query", "mutation", "subscription"].includes(this.token.text)) {
        definitions.push(this.operation());
      } else if (this.is("fragment")) {
        definitions.push(this.fragment());
      } else {
        this.problem(this.token, `expected an operation or a fragment, and not ${shown(this.token)}`);
      }
      // Something is taken at every turn, or it would not end.
      if (this.at === start) this.at += 1;
      this.note("definition");
    }
    return definitions;
  }

  operation() {
    const node = this.enter({ kind: "operation", operation: "query", name: null, variables: [], directives: [] });
    if (!this.is("{")) {
      node.keyword = this.name();
      node.operation = node.keyword.text;
      node.name = this.token?.kind === "name" ? this.name() : null;
      if (this.is("(")) node.variables = this.list("(", ")", () => this.variableDefinition(), "variableDefinition");
      node.directives = this.directives();
    }
    node.selections = this.selections();
    return this.leave(node);
  }

  fragment() {
    const node = this.enter({ kind: "fragment", name: null, on: null, directives: [] });
    node.keyword = this.name();
    node.name = this.name("a name for the fragment");
    node.on = this.condition();
    node.directives = this.directives();
    node.selections = this.selections();
    return this.leave(node);
  }

  condition() {
    this.note("on");
    if (!this.take("on")) return void this.missing('"on"');
    this.note("type");
    return this.name("a type");
  }

  variableDefinition() {
    const node = this.enter({ kind: "variableDefinition", name: null, type: null, value: null, directives: [] });
    node.name = this.variableName();
    if (this.take(":")) node.type = this.typeReference();
    else this.missing('":" and a type');
    if (this.take("=")) node.value = this.value();
    node.directives = this.directives();
    return this.leave(node);
  }

  typeReference() {
    const start = this.token?.start ?? this.end;
    this.note("inputType");
    let node;
    if (this.take("[")) {
      node = { kind: "listType", of: this.typeReference(), start };
      if (!this.take("]")) this.missing('"]"');
    } else {
      node = { kind: "namedType", name: this.name("a type"), start };
    }
    node.end = this.last;
    return this.take("!") ? { kind: "nonNullType", of: node, start, end: this.last } : node;
  }

  /** The selections between braces; null where there are none. */
  selections() {
    if (!this.is("{")) {
      if (this.open.at(-1).kind === "operation" || this.open.at(-1).kind === "fragment") this.missing('"{"');
      return null;
    }
    return this.list("{", "}", () => this.selection(), "selection");
  }

  selection() {
    return this.is("...") ? this.spread() : this.field();
  }

  field() {
    const node = this.enter({
      kind: "field",
      alias: null,
      name: null,
      arguments: [],
      directives: [],
      selections: null,
    });
    node.name = this.name("a field");
    if (node.name && this.take(":")) {
      node.alias = node.name;
      this.note("aliased");
      node.name = this.name("a field");
    }
    if (this.is("(")) node.arguments = this.list("(", ")", () => this.argument(), "argument");
    node.directives = this.directives();
    node.selections = this.selections();
    return this.leave(node);
  }

  spread() {
    const node = this.enter({ kind: "inline", on: null, directives: [], selections: null });
    this.take("...");
    this.note("spread");
    if (this.is("on")) {
      node.on = this.condition();
    } else if (this.token?.kind === "name") {
      node.kind = "spread";
      node.name = this.name();
    }
    node.directives = this.directives();
    if (node.kind === "inline") {
      node.selections = this.selections();
      if (!node.selections) this.missing('"{"');
    }
    return this.leave(node);
  }

  directives() {
    const directives = [];
    while (this.is("@")) {
      const node = this.enter({ kind: "directive", name: null, arguments: [] });
      this.take("@");
      this.note("directive");
      node.name = this.name("a directive");
      if (this.is("(")) node.arguments = this.list("(", ")", () => this.argument(), "argument");
      directives.push(this.leave(node));
    }
    return directives;
  }

  /** `name: value`, of a field, a directive or an input object. */
  argument(kind = "argument") {
    const node = this.enter({ kind, name: null, value: null });
    node.name = this.name(kind === "argument" ? "an argument" : "a field");
    if (node.name && this.take(":")) node.value = this.value();
    else if (node.name) this.missing('":" and a value');
    return this.leave(node);
  }

  value() {
    this.note("value");
    const token = this.token;
    if (!token) return void this.missing("a value");
    const node = this.enter({ kind: "broken" });
    if (this.is("$")) {
      node.kind = "variable";
      node.name = this.variableName();
    } else if (this.is("[")) {
      node.kind = "list";
      node.items = this.list("[", "]", () => this.value(), "value");
    } else if (this.is("{")) {
      node.kind = "object";
      node.fields = this.list("{", "}", () => this.argument("objectField"), "inputField");
    } else if (["number", "string", "name"].includes(token.kind)) {
      this.at += 1;
      node.kind = valueKind(token);
      node.text = token.text;
    } else {
      this.missing("a value");
    }
    return this.leave(node);
  }

  variableName() {
    if (!this.take("$")) return void this.missing('"$" and a name');
    this.note("variable");
    return this.name("the name of a variable");
  }

  /** What stands between two brackets. */
  list(open, close, item, expected) {
    const opening = this.token;
    this.take(open);
    const items = [];
    if (this.closing.push(close) > DEPTH_MAX) {
      this.problem(opening, "the document is nested too deeply");
      this.at = this.tokens.length;
    }
    for (;;) {
      this.note(expected);
      if (this.take(close)) break;
      // What closes a bracket further out tells that this one was forgotten; any other is one too many.
      if (!this.token || this.closing.includes(this.token.text)) {
        this.problem(opening, `this ${open} is not closed`);
        break;
      }
      const start = this.at;
      items.push(item());
      if (this.at === start) this.at += 1;
    }
    this.closing.pop();
    return items.filter(Boolean);
  }

  name(what) {
    const token = this.token;
    if (token?.kind !== "name") return void (what && this.missing(what));
    this.at += 1;
    return { kind: "name", text: token.text, start: token.start, end: token.end };
  }

  get token() {
    return this.tokens[this.at];
  }

  /** Where the last token that was taken ends. */
  get last() {
    return this.tokens[this.at - 1]?.end ?? 0;
  }

  is(text) {
    return this.token?.text === text;
  }

  take(text) {
    if (!this.is(text)) return false;
    this.at += 1;
    return true;
  }

  enter(node) {
    node.start = this.token?.start ?? this.end;
    this.open.push(node);
    return node;
  }

  leave(node) {
    node.end = Math.max(node.start, this.last);
    this.open.pop();
    return node;
  }

  /** Remembers what is expected where the text ends: the first that is asked for is the innermost. */
  note(what) {
    if (!this.token) this.expected ??= { what, open: [...this.open] };
  }

  missing(what) {
    const token = this.token;
    if (token) return this.problem(token, `expected ${what}, and not ${shown(token)}`);
    const last = this.tokens.at(-1) ?? { start: 0, end: 0 };
    return this.problem(last, `expected ${what} after this`);
  }

  /** One problem for a place: what follows from a mistake is none of its own. */
  problem({ start, end }, message) {
    if (this.broken.has(start)) return;
    this.broken.add(start);
    this.problems.push({ start, end, message });
  }
}

function valueKind({ kind, text }) {
  if (kind === "string") return "string";
  if (kind === "number") return /^-?\d+$/.test(text) ? "int" : "float";
  if (text === "true" || text === "false") return "boolean";
  return text === "null" ? "null" : "enum";
}

function shown(token) {
  return token.text.length > 20 ? `"${token.text.slice(0, 20)}…"` : `"${token.text}"`;
}
