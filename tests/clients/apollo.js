// Apollo Client: over HTTP by POST and GET, in batches, with persisted queries, and over a WebSocket.
//
// node apollo.js URL

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
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

// Apollo asks what a browser has.
globalThis.WebSocket ??= WebSocket;

const open = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
const refused = async (asking) => {
  const error = await asking.then(() => assert.fail("it is refused"), (error) => error);
  assert.ok(CombinedGraphQLErrors.is(error), error.stack);
  return error.errors[0].extensions.code;
};

const posting = noting();
const client = open(new HttpLink({ uri: URL, fetch: posting.fetch }));

const name = "apollo";
const created = await client.mutate({ mutation: gql(CREATE), variables: { name } });
const visitor = created.data.createVisitor.visitor;
assert.deepEqual({ ...visitor, id: undefined }, { __typename: "Visitor", id: undefined, name, visits: 1 });
const read = await client.query({ query: gql(READ), variables: { id: visitor.id }, fetchPolicy: "network-only" });
assert.deepEqual(read.data.visitor, visitor);
assert.deepEqual(posting.sent.map(({ method }) => method), ["POST", "POST"]);

// Errors with their codes: of a field, of a document, of a variable.
assert.equal(await refused(client.mutate({ mutation: gql(CREATE), variables: { name } })), "DUPLICATE");
assert.equal(await refused(client.query({ query: gql`{ nothing }` })), "VALIDATION_FAILED");
assert.equal(await refused(client.query({ query: gql(READ), variables: { id: 1 } })), "BAD_USER_INPUT");

// Who asks, by a token.
const keeper = open(new HttpLink({ uri: URL, headers: KEEPER }));
const kept = await keeper.mutate({ mutation: gql(KEEP), variables: { text: "safe" } });
const { id } = kept.data.createSecret.secret;
const secret = (client) => client.query({ query: gql(SECRET), variables: { id } });
assert.equal((await secret(keeper)).data.secret.text, "safe");
assert.equal((await secret(client)).data.secret, null);
assert.equal(await refused(secret(open(new HttpLink({ uri: URL, headers: NOBODY })))), "BAD_TOKEN");

// Queries by GET, mutations by POST.
const getting = noting();
const getter = open(new HttpLink({ uri: URL, fetch: getting.fetch, useGETForQueries: true }));
assert.deepEqual((await getter.query({ query: gql(READ), variables: { id: visitor.id } })).data.visitor, visitor);
await getter.mutate({ mutation: gql(CREATE), variables: { name: "apollo got" } });
assert.deepEqual(getting.sent.map(({ method }) => method), ["GET", "POST"]);

// Several in one body.
const batching = noting();
const batcher = open(new BatchHttpLink({ uri: URL, fetch: batching.fetch, batchInterval: 10 }));
const [first, second, third] = await Promise.all([
  batcher.query({ query: gql(READ), variables: { id: visitor.id } }),
  batcher.query({ query: gql`query Others { visitors { name } }` }),
  refused(batcher.query({ query: gql`{ nothing }` })),
]);
assert.deepEqual(first.data.visitor, visitor);
assert.ok(second.data.visitors.some((other) => other.name === name));
assert.equal(third, "VALIDATION_FAILED");
assert.equal(batching.sent.length, 1);
assert.equal(JSON.parse(batching.sent[0].body).length, 3);

// What the server does not know by its hash is sent again with its text.
const hashing = noting();
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const http = new HttpLink({ uri: URL, fetch: hashing.fetch });
const persisting = open(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http));
const hashed = await persisting.query({ query: gql(READ), variables: { id: visitor.id } });
assert.deepEqual(hashed.data.visitor, visitor);
assert.deepEqual(hashing.sent.map(({ method }) => method), ["GET", "POST"]);

// Subscriptions, and queries beside them.
const socket = createClient({ url: SOCKET, webSocketImpl: WebSocket });
const listener = open(new GraphQLWsLink(socket));
const heard = promised();
const listening = listener.subscribe({ query: gql(LABELS) }).subscribe({ next: heard.resolve, error: heard.reject });
const event = await announce("by apollo", heard.promise);
assert.equal(event.data.labelAdded.text, "by apollo");
listening.unsubscribe();
assert.deepEqual((await listener.query({ query: gql(READ), variables: { id: visitor.id } })).data.visitor, visitor);
assert.equal(await refused(listener.query({ query: gql`{ nothing }` })), "VALIDATION_FAILED");
await socket.dispose();
