// graphql-sse, in distinct connections mode: queries, mutations and subscriptions as events of a response.
//
// node graphql_sse.js URL

import assert from "node:assert/strict";

import { createClient } from "graphql-sse";

import { announce, CREATE, KEEP, KEEPER, LABELS, READ, SECRET, URL } from "./gallery.js";

const open = (options = {}) => createClient({ url: URL, retryAttempts: 0, ...options });

/// The first result of an operation.
async function first(client, query, variables) {
  const results = client.iterate({ query, variables });
  const { value } = await results.next();
  await results.return();
  return value;
}

const client = open();
const name = "graphql-sse";
const { data } = await first(client, CREATE, { name });
const { id } = data.createVisitor.visitor;
assert.deepEqual((await first(client, READ, { id })).data, { visitor: { id, name, visits: 1 } });
assert.equal((await first(client, CREATE, { name })).errors[0].extensions.code, "DUPLICATE");
assert.equal((await first(client, "{ nothing }")).errors[0].extensions.code, "VALIDATION_FAILED");

const events = client.iterate({ query: LABELS });
const event = await announce("by graphql-sse", events.next());
assert.equal(event.value.data.labelAdded.text, "by graphql-sse");
await events.return();

const keeper = open({ headers: KEEPER });
const kept = await first(keeper, KEEP, { text: "safe" });
const secret = kept.data.createSecret.secret.id;
assert.equal((await first(keeper, SECRET, { id: secret })).data.secret.text, "safe");
assert.equal((await first(client, SECRET, { id: secret })).data.secret, null);
client.dispose();
keeper.dispose();
