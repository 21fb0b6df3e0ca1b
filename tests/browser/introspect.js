// Writes todo.json anew: node introspect.js http://127.0.0.1:8080/

import { writeFile } from "node:fs/promises";

import { INTROSPECTION } from "../../pent/src/http/explorer/schema.js";
import { written } from "./introspection.js";

const response = await fetch(new URL("graphql", process.argv[2]), {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: INTROSPECTION }),
});
const { data } = await response.json();
await writeFile(new URL("todo.json", import.meta.url), written(data.__schema));
