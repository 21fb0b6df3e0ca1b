// What may be written at a place of a document.

import { tokenize } from "./lexer.js";
import { expectedAtEnd, parse } from "./parser.js";
import { isComposite, isInput, isRequired, written } from "./schema.js";
import { along } from "./typing.js";

/** One proposal. `before` and `after` are written in place of the word that was begun, with the caret between them.
 *  @typedef {{ label: string, kind: string, before: string, after: string, detail?: string, description?: string,
 *  deprecated?: boolean }} Proposal */

const KEYWORDS = ["query", "mutation", "subscription", "fragment"];

/** The proposals at an offset, best first, and the word `start` to `end` that they replace.
 *  @returns {{ start: number, end: number, items: Proposal[] }} */
export function complete(schema, text, offset) {
  const word = wordAt(text, offset);
  if (!word) return { start: offset, end: offset, items: [] };
  const expected = expectedAtEnd(text.slice(0, word.start));
  const items = expected ? proposals(schema, text, expected, text.slice(word.end)) : [];
  return { ...word, items: ranked(items, text.slice(word.start, offset)) };
}

/** The word that an offset is in or behind; null in comments and strings, where nothing is proposed. */
function wordAt(text, offset) {
  const token = tokenize(text).find(({ start, end }) => start < offset && offset <= end);
  const inside = token && (offset < token.end || token.unterminated || token.kind === "comment");
  if (inside && ["comment", "string"].includes(token.kind)) return null;
  return token?.kind === "name" ? { start: token.start, end: token.end } : { start: offset, end: offset };
}

function proposals(schema, text, { what, open }, rest) {
  const context = along(schema, open);
  const followed = /^\s*[:({]/.test(rest);
  switch (what) {
    case "selection":
      return [...fields(schema, context, followed), ...(followed ? [] : [plain("...", "keyword", "fragment")])];
    case "aliased":
      // The field itself is among the open nodes: what can be selected is known outside of it.
      return fields(schema, along(schema, open.slice(0, -1)), followed);
    case "argument":
    case "inputField":
      return inputs(context, open.at(-1), followed);
    case "value":
      return values(schema, context, open);
    case "spread":
      return [plain("on", "keyword", "a type"), ...fragments(schema, text, context)];
    case "on":
      return [plain("on", "keyword", "a type")];
    case "type":
      return schema.conditions(along(schema, open.slice(0, -1)).parent).map(typed);
    case "inputType":
      return [...schema.types.values()].filter((type) => isInput(type) && !type.name.startsWith("__")).map(typed);
    case "directive":
      return directives(schema, open, followed);
    case "variable":
      return open.some(({ kind }) => kind === "variable") ? variables(open, "") : [];
    case "definition":
      return KEYWORDS.filter((word) => word === "fragment" || schema.root(word)).map((word) => plain(word, "keyword"));
    default:
      return [];
  }
}

function fields(schema, { parent }, followed) {
  return schema.fields(parent).map((field) => {
    return { ...described(field, "field"), ...(followed ? {} : opened(schema, field)) };
  });
}

/** A field with the brackets that it cannot do without, and the caret where the first thing is missing. */
function opened(schema, field) {
  const [open, close] = isComposite(schema.named(field.type)) ? [" {\n  ", "\n}"] : ["", ""];
  const first = field.args.find(isRequired);
  if (first) return { before: `${field.name}(${first.name}: `, after: `)${open}${close}` };
  return { before: field.name + open, after: close };
}

function inputs({ inputs: all }, node, followed) {
  const known = new Set([...(node.arguments ?? []), ...(node.fields ?? [])].map(({ name }) => name?.text));
  const left = (all ?? []).filter(({ name }) => !known.has(name));
  return left.map((input) => {
    const before = followed ? input.name : `${input.name}: `;
    return { ...described(input, "argument"), before, detail: written(input.type) + defaulted(input) };
  });
}

function values(schema, { type: reference }, open) {
  const type = schema.named(reference);
  const declares = open.some(({ kind }) => kind === "variableDefinition");
  const own = declares ? [] : variables(open, "$");
  if (type?.kind === "ENUM") return [...type.enumValues.map((value) => described(value, "enum")), ...own];
  if (type?.name === "Boolean") return [plain("true", "enum"), plain("false", "enum"), ...own];
  if (["String", "ID"].includes(type?.name)) return [...own, { ...plain('""', "string"), before: '"', after: '"' }];
  if (type?.kind === "INPUT_OBJECT") return [braces(type.name), ...own];
  return own;
}

/** What the operation declares that we are in. Fragments belong to several operations and declare nothing. */
function variables(open, dollar) {
  const operation = open.find(({ kind }) => kind === "operation");
  const named = (operation?.variables ?? []).filter(({ name, type }) => name && type);
  return named.map(({ name, type }) => plain(dollar + name.text, "variable", sourceOf(type)));
}

function sourceOf(type) {
  if (type.kind === "nonNullType") return `${sourceOf(type.of)}!`;
  return type.kind === "listType" ? `[${sourceOf(type.of)}]` : (type.name?.text ?? "");
}

/** Fragments of the whole document, also of what stands behind the place, that can apply here. */
function fragments(schema, text, { parent }) {
  const all = parse(text).definitions.filter(({ kind, name }) => kind === "fragment" && name);
  const applicable = all.filter(({ on }) => {
    const type = schema.type(on?.text);
    return !type || !parent || schema.overlap(type, parent);
  });
  return applicable.map(({ name, on }) => plain(name.text, "fragment", on?.text));
}

function directives(schema, open, followed) {
  const location = locationOf(open.at(-2));
  const all = [...schema.directives.values()].filter(({ locations }) => !location || locations.includes(location));
  return all.map((directive) => {
    const first = directive.args.find(isRequired);
    const opened = first && !followed ? { before: `${directive.name}(${first.name}: `, after: ")" } : {};
    return { ...described(directive, "directive"), label: `@${directive.name}`, ...opened };
  });
}

function locationOf(node) {
  const locations = {
    field: "FIELD",
    spread: "FRAGMENT_SPREAD",
    inline: "INLINE_FRAGMENT",
    fragment: "FRAGMENT_DEFINITION",
    variableDefinition: "VARIABLE_DEFINITION",
    operation: node?.operation?.toUpperCase(),
  };
  return locations[node?.kind];
}

const plain = (label, kind, detail) => ({ label, kind, before: label, after: "", detail });

/** An object that is yet to be filled. */
export const braces = (detail) => ({ ...plain("{ }", "punctuator", detail), before: "{ ", after: " }" });

const typed = (type) => ({ ...plain(type.name, "type"), description: type.description });

function described(item, kind) {
  return {
    ...plain(item.name, kind, item.type && written(item.type)),
    description: item.isDeprecated ? `Deprecated. ${item.deprecationReason ?? ""}` : item.description,
    deprecated: item.isDeprecated,
  };
}

const defaulted = ({ defaultValue }) => (defaultValue == null ? "" : ` = ${defaultValue}`);

/** Those that hold the letters that were typed, in their order: `til` finds `todoItemList`. */
export function ranked(items, typed) {
  const wanted = typed.toLowerCase();
  const scored = items.map((item) => [score(item.label.toLowerCase().replace(/^[@$]/, ""), wanted), item]);
  const fitting = scored.filter(([points]) => points >= 0);
  // What a server has for itself comes last; sorting is stable, so all else keeps the order of the schema.
  const last = (item) => (item.label.startsWith("__") || item.deprecated ? 1 : 0);
  fitting.sort(([one, a], [other, b]) => last(a) - last(b) || one - other);
  return fitting.map(([, item]) => item);
}

/** 0 for a beginning, 1 for a part, 2 for letters here and there, -1 for none of it. */
function score(label, wanted) {
  if (label.startsWith(wanted)) return 0;
  if (label.includes(wanted)) return 1;
  let at = 0;
  for (const letter of label) if (letter === wanted[at]) at += 1;
  return at === wanted.length ? 2 : -1;
}
