// graphql-ws, the client of the protocol's authors: operations, who asks, pings, and each code of a closing that it can
// be told.
//
// node graphql_ws.js URL

import assert from "node:assert/strict";

import { CloseCode, createClient } from "graphql-ws";
import WebSocket from "ws";

import { announce, CREATE, KEEP, KEEPER, LABELS, promised, READ, SECRET, SOCKET } from "./gallery.js";

const open = (options = {}) => createClient({ url: SOCKET, webSocketImpl: WebSocket, retryAttempts: 0, ...options });

/// The first result of an operation, or why there is none.
function first(client, query, variables) {
  const { promise, resolve, reject } = promised();
  const stop = client.subscribe({ query, variables }, { next: resolve, error: reject, complete: () => {} });
  return promise.finally(stop);
}

const client = open();
const name = "graphql-ws";
const { data } = await first(client, CREATE, { name });
const { id } = data.createVisitor.visitor;
assert.deepEqual((await first(client, READ, { id })).data, { visitor: { id, name, visits: 1 } });
const twice = await first(client, CREATE, { name });
assert.equal(twice.errors[0].extensions.code, "DUPLICATE");
const wrong = await first(client, "{ nothing }").catch((errors) => errors);
assert.equal(wrong[0].extensions.code, "VALIDATION_FAILED");

// As an iterator, which completes when it is left.
const events = client.iterate({ query: LABELS });
const event = await announce("by graphql-ws", events.next());
assert.equal(event.value.data.labelAdded.text, "by graphql-ws");
await events.return();

// Who asks comes with the first message.
const keeper = open({ connectionParams: KEEPER });
const kept = await first(keeper, KEEP, { text: "safe" });
const secret = kept.data.createSecret.secret.id;
assert.equal((await first(keeper, SECRET, { id: secret })).data.secret.text, "safe");
assert.equal((await first(client, SECRET, { id: secret })).data.secret, null);
await keeper.dispose();

// Pings of the client are answered in time.
const ponged = promised();
const pinging = open({ lazy: false, keepAlive: 50, on: { pong: (received) => received && ponged.resolve() } });
await ponged.promise;
await pinging.dispose();

/// The code with which a connection is closed.
async function closed(options, act = () => {}) {
  const { promise, resolve } = promised();
  const client = open({ lazy: false, onNonLazyError: () => {}, on: { closed: resolve, opened: act }, ...options });
  const { code } = await promise;
  await client.dispose();
  return code;
}
const subscribe = (id) => JSON.stringify({ id, type: "subscribe", payload: { query: LABELS } });
const init = JSON.stringify({ type: "connection_init" });
const late = { connectionParams: () => new Promise((done) => setTimeout(done, 60_000).unref()) };
assert.equal(await closed({}, (socket) => socket.send("what?")), CloseCode.BadRequest);
assert.equal(await closed(late, (socket) => socket.send(subscribe("1"))), CloseCode.Unauthorized);
assert.equal(await closed({ connectionParams: { authorization: "Bearer nobody" } }), CloseCode.Forbidden);
assert.equal(await closed(late), CloseCode.ConnectionInitialisationTimeout);
assert.equal(await closed({}, (socket) => socket.send(init)), CloseCode.TooManyInitialisationRequests);
const twiceTheSame = [init, subscribe("1"), subscribe("1")];
const taken = await closed(late, (socket) => twiceTheSame.forEach((message) => socket.send(message)));
assert.equal(taken, CloseCode.SubscriberAlreadyExists);
// Nobody answers who asks with this token: the client waits no longer than it said.
const slow = { connectionParams: { authorization: "Bearer slow" }, connectionAckWaitTimeout: 200 };
assert.equal(await closed(slow), CloseCode.ConnectionAcknowledgementTimeout);
assert.equal(await closed({ connectionParams: { authorization: "Bearer broken" } }), CloseCode.InternalServerError);
const other = new WebSocket(SOCKET, "graphql-ws-of-old");
const refused = await new Promise((resolve) => other.on("close", resolve).on("error", resolve));
assert.ok(refused === CloseCode.SubprotocolNotAcceptable || /subprotocol/i.test(refused.message), String(refused));

await client.dispose();
