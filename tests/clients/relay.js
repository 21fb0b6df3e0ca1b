// Relay's runtime with compiled artifacts, against a server that answers known operations alone: their ids are sent and
// no text.
//
// node relay.js URL FOLDER OTHER, where the other server answers every operation

import assert from "node:assert/strict";
import { join } from "node:path";

import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";

import { announce, promised, REST, SOCKET, URL } from "./gallery.js";

const { commitMutation, Environment, fetchQuery, getSingularSelector, Network } = relay;
const { Observable, RecordSource, requestSubscription, Store } = relay;
const [folder, other] = REST;
const artifact = async (name) => (await import(join(folder, "artifacts", `${name}.graphql.js`))).default;
const names = ["ReadQuery", "CreateMutation", "LabelsSubscription", "Visitor"];
const [read, create, labels, visitor] = await Promise.all(names.map((name) => artifact(`operations${name}`)));

const socket = createClient({ url: SOCKET, webSocketImpl: WebSocket });
const sent = [];
async function ask(operation, variables) {
  const body = JSON.stringify({ documentId: operation.id, variables });
  sent.push(body);
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  return (await fetch(URL, { method: "POST", headers, body })).json();
}
// graphql-ws sends nothing without a text.
const listen = ({ id: documentId }, variables) =>
  Observable.create((sink) => socket.subscribe({ documentId, query: "", variables }, sink));
const environment = new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });

const commit = (variables) =>
  new Promise((resolve, reject) => {
    const onCompleted = (response, errors) => resolve({ response, errors });
    commitMutation(environment, { mutation: create, variables, onCompleted, onError: reject });
  });
const of = (ref) => environment.lookup(getSingularSelector(visitor, ref)).data;

const name = "relay";
const created = await commit({ name });
const { id } = created.response.createVisitor.visitor;
assert.deepEqual(of(created.response.createVisitor.visitor), { id, name, visits: 1 });
const found = await fetchQuery(environment, read, { id }).toPromise();
assert.deepEqual(of(found.visitor), { id, name, visits: 1 });
assert.ok(sent.every((body) => !body.includes("query")), sent.join("\n"));

// The errors of a field, with their code, beside what there is.
const twice = await commit({ name });
assert.equal(twice.response.createVisitor, null);
assert.equal(twice.errors[0].extensions.code, "DUPLICATE");
// Without data there is nothing to put in the store.
const wrong = await fetchQuery(environment, read, { id: 1 }).toPromise().catch((error) => error);
assert.equal(wrong.source.errors[0].extensions.code, "BAD_USER_INPUT");

const heard = promised();
const listening = requestSubscription(environment, {
  subscription: labels,
  variables: {},
  onNext: heard.resolve,
  onError: heard.reject,
});
const event = await announce("by relay", heard.promise, other);
assert.equal(event.labelAdded.text, "by relay");
listening.dispose();
await socket.dispose();
