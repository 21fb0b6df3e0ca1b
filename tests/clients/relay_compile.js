// Relay's compiler over the schema of a server: artifacts, and the manifest of operations that are known by their ids.
//
// node relay_compile.js URL FOLDER

import { execFileSync } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { buildClientSchema, getIntrospectionQuery, printSchema } from "graphql";

import { REST, URL } from "./gallery.js";

const [folder] = REST;
const response = await fetch(URL, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: getIntrospectionQuery() }),
});
const { data } = await response.json();
// graphql-js prints no objects as defaults of a scalar.
for (const { args } of data.__schema.types.flatMap(({ fields }) => fields ?? [])) {
  for (const arg of args) if (arg.type.name === "JSON") arg.defaultValue = null;
}

await mkdir(join(folder, "src"), { recursive: true });
await mkdir(join(folder, "artifacts"), { recursive: true });
await writeFile(join(folder, "schema.graphql"), printSchema(buildClientSchema(data)));
await copyFile(new globalThis.URL("relay_operations.js", import.meta.url), join(folder, "src/operations.js"));
// Artifacts are modules.
await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
const config = {
  src: "./src",
  schema: "./schema.graphql",
  language: "javascript",
  artifactDirectory: "./artifacts",
  eagerEsModules: true,
  persistConfig: { file: "./operations.json" },
  customScalarTypes: Object.fromEntries(["UUID", "Money", "DateTime", "Date", "BigInt"].map((name) => [name, "string"])),
};
await writeFile(join(folder, "relay.config.json"), JSON.stringify(config));
await writeFile(join(folder, "operations.json"), "{}");
const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
execFileSync(process.execPath, [compiler, "relay.config.json"], { cwd: folder, stdio: "inherit" });
