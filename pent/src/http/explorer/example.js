// A first document for whoever has written none: something of this schema that runs, and reads in more than one round.

import { isComposite, isRequired } from "./schema.js";

/** Leaf fields of an object in the example. */
const LEAVES_MAX = 3;
/** Entries of its lists. */
const FIRST = 5;
/** Lists below its first one. */
const LEVELS = 1;

const HINT = "# Ctrl-Space proposes what can be written here, Ctrl-Enter runs it.\n";

/** A query of a schema; null for none. */
export function example(schema) {
  const list = schema && listOf(schema, schema.root("query"));
  return `${HINT}{\n${list ? selection(schema, list, LEVELS, "  ") : "  __typename\n"}}\n`;
}

/** A field with some of its leaves, and so many levels of lists below it. */
function selection(schema, field, levels, indent) {
  const type = schema.named(field.type);
  const leaves = free(type).filter((inner) => !isComposite(schema.named(inner.type)));
  const lines = leaves.slice(0, LEAVES_MAX).map(({ name }) => `${indent}  ${name}\n`);
  const below = levels > 0 && listOf(schema, type);
  if (below) lines.push(selection(schema, below, levels - 1, `${indent}  `));
  if (lines.length === 0) lines.push(`${indent}  __typename\n`);
  const first = field.args.some(({ name }) => name === "first") ? `(first: ${FIRST})` : "";
  return `${indent}${field.name}${first} {\n${lines.join("")}${indent}}\n`;
}

/** The first list of objects that a type has. */
function listOf(schema, type) {
  return free(type).find((field) => isList(field.type) && isComposite(schema.named(field.type)));
}

/** The fields that can be asked for without arguments. */
function free(type) {
  return (type?.fields ?? []).filter(({ args, isDeprecated }) => !isDeprecated && !args.some(isRequired));
}

function isList({ kind, ofType }) {
  return kind === "LIST" || (kind === "NON_NULL" && isList(ofType));
}
