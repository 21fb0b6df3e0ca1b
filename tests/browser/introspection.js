// What the todo server says of its schema, as the tests of modules read it: a type a line, without the types that every
// server has.

import { readFile } from "node:fs/promises";

const FILE = new URL("todo.json", import.meta.url);

/** The stored `__schema`. */
export async function stored() {
  return JSON.parse(await readFile(FILE, "utf8"));
}

/** A `__schema` in the form in which it is stored. */
export function written({ types, ...schema }) {
  const own = types.filter(({ name }) => !name.startsWith("__"));
  const lines = own.map((type) => `    ${JSON.stringify(type)}`);
  const head = Object.entries(schema).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  return `{\n${head.join("")}  "types": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** Whether the stored one is that of a server. */
export async function isStored(schema) {
  return (await readFile(FILE, "utf8")) === written(schema);
}
