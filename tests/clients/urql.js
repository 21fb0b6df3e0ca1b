// urql: over HTTP by POST and GET, with persisted queries, and subscriptions by events and over a WebSocket.
//
// node urql.js URL

import assert from "node:assert/strict";

import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import {
  announce,
  CREATE,
  KEEP,
  KEEPER,
  LABELS,
  NOBODY,
  noting,
  promised,
  READ,
  SECRET,
  SOCKET,
  URL,
} from "./gallery.js";

// What urql aborts when nobody listens any more, it leaves to nobody.
process.on("unhandledRejection", (error) => {
  if (error.name !== "AbortError") throw error;
});

const open = (options = {}) => new Client({ url: URL, exchanges: [cacheExchange, fetchExchange], ...options });
const code = ({ error }) => error?.graphQLErrors[0]?.extensions.code;

const posting = noting();
const client = open({ fetch: posting.fetch, preferGetMethod: false });

const name = "urql";
const created = await client.mutation(CREATE, { name });
const { id, ...visitor } = created.data.createVisitor.visitor;
assert.deepEqual({ name: visitor.name, visits: visitor.visits }, { name, visits: 1 });
const read = await client.query(READ, { id });
assert.equal(read.data.visitor.name, name);
assert.deepEqual(posting.sent.map(({ method }) => method), ["POST", "POST"]);

// Errors with their codes: of a field, of a document, of a variable.
const twice = await client.mutation(CREATE, { name });
assert.equal(code(twice), "DUPLICATE");
assert.equal(twice.data.createVisitor, null);
assert.equal(code(await client.query("{ nothing }", {})), "VALIDATION_FAILED");
assert.equal(code(await client.query(READ, { id: 1 })), "BAD_USER_INPUT");

// Who asks, by a token.
const keeper = open({ fetchOptions: { headers: KEEPER } });
const kept = await keeper.mutation(KEEP, { text: "safe" });
const secret = kept.data.createSecret.secret.id;
assert.equal((await keeper.query(SECRET, { id: secret })).data.secret.text, "safe");
assert.equal((await client.query(SECRET, { id: secret })).data.secret, null);
const nobody = await open({ fetchOptions: { headers: NOBODY } }).query(SECRET, { id: secret });
assert.equal(nobody.error.response.status, 401);

// Queries by GET.
const getting = noting();
const getter = open({ fetch: getting.fetch, preferGetMethod: "force" });
assert.equal((await getter.query(READ, { id })).data.visitor.name, name);
assert.deepEqual(getting.sent.map(({ method }) => method), ["GET"]);

// What the server does not know by its hash is sent again with its text.
const hashing = noting();
const persisting = open({
  fetch: hashing.fetch,
  preferGetMethod: false,
  exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
});
assert.equal((await persisting.query(READ, { id })).data.visitor.name, name);
const hasText = hashing.sent.map(({ url }) => url.includes("query=query"));
// The first has the hash alone.
assert.ok(hasText.length > 1 && hasText.indexOf(true) === 1 && !hasText.slice(1).includes(false), String(hasText));

// A subscription as events of a response, and as messages of a WebSocket.
async function hears(client, text) {
  const heard = promised();
  const listening = client.subscription(LABELS, {}).subscribe((result) => {
    if (result.error) heard.reject(result.error);
    else heard.resolve(result);
  });
  const event = await announce(text, heard.promise);
  assert.equal(event.data.labelAdded.text, text);
  listening.unsubscribe();
}
await hears(open({ fetchSubscriptions: true }), "by urql as an event");
const socket = createClient({ url: SOCKET, webSocketImpl: WebSocket });
const forwarding = subscriptionExchange({
  forwardSubscription: (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
  }),
});
await hears(open({ exchanges: [cacheExchange, fetchExchange, forwarding] }), "by urql as a message");
await socket.dispose();
