// The JSON of variables beside what the operation declares.

import { braces, ranked } from "./complete.js";
import { parseJson, tokenizeJson } from "./json.js";
import { isInput, isRequired, written } from "./schema.js";
import { didYouMean } from "./suggest.js";
import { itemOf, nullable, referenceOf } from "./typing.js";

/** The problems of the variables of an operation, or of its absence, at their places. */
export function validateVariables(text, operation, schema) {
  const { root, problem } = parseJson(text);
  if (problem) return [{ ...problem, severity: "error" }];
  if (root && root.type !== "object") return [at(root, "Variables are an object: { … }.")];
  if (!operation || !schema) return [];
  const inputs = declared(operation, schema);
  const whole = root ?? { members: [], start: 0, end: 0 };
  return members(whole, inputs, schema, "The operation declares no variable");
}

/** What an operation declares, in the shape of the inputs of introspection. */
export function declared(operation, schema) {
  const named = (operation?.variables ?? []).filter(({ name, type }) => name && type);
  return named.map(({ name, type, value }) => {
    return { name: name.text, type: referenceOf(schema, type), defaultValue: value ? "" : null };
  });
}

function members(node, inputs, schema, unknown) {
  const known = new Map(inputs.map((input) => [input.name, input]));
  const problems = node.members.flatMap(({ key, name, value }) => {
    const input = known.get(name);
    if (!input) return [at(key, `${unknown} "${name}".${didYouMean(name, known.keys())}`)];
    return value ? values(value, input.type, schema) : [];
  });
  const given = new Set(node.members.map(({ name }) => name));
  const missing = inputs.filter((input) => isRequired(input) && !given.has(input.name));
  const brace = { start: node.start, end: node.start + 1 };
  const names = missing.map((input) => `"${input.name}" (${written(input.type)})`).join(", ");
  return missing.length ? [...problems, at(brace, `Missing: ${names}.`)] : problems;
}

function values(node, reference, schema) {
  if (node.type === "null") {
    return reference.kind === "NON_NULL" ? [at(node, `"${written(reference)}" cannot be null.`)] : [];
  }
  const item = itemOf(reference);
  if (item && node.type === "list") return node.items.flatMap((inner) => values(inner, item, schema));
  if (item) return values(node, item, schema);
  const type = schema.named(reference);
  if (type?.kind === "INPUT_OBJECT") {
    if (node.type !== "object") return [at(node, `Expected an object of type "${type.name}".`)];
    return members(node, type.inputFields, schema, `"${type.name}" has no field`);
  }
  if (type?.kind === "ENUM") {
    const names = type.enumValues.map(({ name }) => name);
    if (names.includes(node.value)) return [];
    return [at(node, `"${type.name}" has no such value.${didYouMean(String(node.value), names)}`)];
  }
  const fits = SCALARS[nullable(reference).name];
  return !fits || fits(node.value) ? [] : [at(node, `Expected a value of type "${written(nullable(reference))}".`)];
}

const isText = (value) => typeof value === "string";

const SCALARS = {
  Int: Number.isInteger,
  Float: (value) => typeof value === "number",
  String: isText,
  Boolean: (value) => typeof value === "boolean",
  ID: (value) => isText(value) || Number.isInteger(value),
};

function at({ start, end }, message) {
  return { start, end: Math.max(end, start + 1), message, severity: "error" };
}

/** Proposals for names of members and for enum values, as [complete] makes them of documents. */
export function completeVariables(text, offset, operation, schema) {
  const tokens = tokenizeJson(text);
  const inside = tokens.find(({ start, end }) => start < offset && offset <= end);
  const isWord = ["string", "key", "word", "invalid"].includes(inside?.kind);
  const word = isWord ? { start: inside.start, end: inside.end } : { start: offset, end: offset };
  const before = tokens.filter(({ kind, end }) => kind !== "space" && end <= word.start);
  const after = tokens.find(({ kind, start }) => kind !== "space" && start >= word.end);
  const typed = text.slice(word.start, offset).replace(/^"/, "");
  const items = proposals(before, after?.text === ":", declared(operation, schema), schema);
  return { ...word, items: ranked(items, typed) };
}

/** Walks the tokens before a place down to the inputs, or to the type, that are wanted there. */
function proposals(before, hasColon, inputs, schema) {
  let open = [];
  let key = null;
  before.forEach(({ kind, text }) => {
    const top = open.at(-1);
    if (text === "{") {
      const type = top && schema.named(key ? typeOf(top, key) : top.item);
      open.push({ inputs: open.length ? (type?.inputFields ?? []) : inputs, given: new Set() });
      key = null;
    } else if (text === "[") {
      open.push({ item: itemOf(key ? typeOf(top, key) : top?.item) });
      key = null;
    } else if (text === "}" || text === "]") {
      open = open.slice(0, -1);
      key = null;
    } else if (kind === "key") {
      key = text.slice(1, -1);
      top?.given?.add(key);
    } else if (text === ",") {
      key = null;
    }
  });
  const top = open.at(-1);
  if (!top) return before.length ? [] : [braces()];
  const isValue = key || top.item;
  return isValue ? valuesOf(schema.named(key ? typeOf(top, key) : top.item)) : names(top, hasColon);
}

function typeOf({ inputs }, key) {
  return inputs?.find(({ name }) => name === key)?.type;
}

function names({ inputs = [], given }, hasColon) {
  return inputs
    .filter(({ name }) => !given.has(name))
    .map((input) => {
      const before = `"${input.name}"${hasColon ? "" : ": "}`;
      return { label: input.name, kind: "argument", before, after: "", detail: written(input.type) };
    });
}

function valuesOf(type) {
  if (!isInput(type)) return [];
  const words = type.kind === "ENUM" ? type.enumValues.map(({ name }) => `"${name}"`) : [];
  if (type.name === "Boolean") words.push("true", "false");
  return words.map((text) => ({ label: text.replaceAll('"', ""), kind: "enum", before: text, after: "" }));
}
