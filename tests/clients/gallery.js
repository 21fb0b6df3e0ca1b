// What all clients ask of the gallery, and what it takes to look at what they send.

import assert from "node:assert/strict";

/// Where the server is, and what else a script was given.
export const [URL, ...REST] = process.argv.slice(2);
export const SOCKET = URL.replace(/^http/, "ws");

export const CREATE = `mutation Create($name: String!) {
  createVisitor(data: { name: $name }) { visitor { id name visits } }
}`;
export const READ = `query Read($id: UUID!) { visitor(id: $id) { id name visits } }`;
export const KEEP = `mutation Keep($text: String!) {
  createSecret(data: { text: $text }) { secret { id text length } }
}`;
export const SECRET = `query Secret($id: UUID!) { secret(id: $id) { text } }`;
export const LABELS = `subscription Labels { labelAdded { id text } }`;
export const KEEPER = { authorization: "Bearer keeper" };
export const NOBODY = { authorization: "Bearer nobody" };

/// A fetch that remembers what was sent.
export function noting() {
  const sent = [];
  const noted = (url, options = {}) => {
    sent.push({ url: String(url), method: options.method ?? "GET", body: options.body });
    return fetch(url, options);
  };
  return { sent, fetch: noted };
}

/// Puts labels up until somebody has heard of one, since nobody is told when a subscription has begun.
export async function announce(text, heard, url = URL) {
  const query = `mutation($text: String!) { createLabel(data: { text: $text }) { label { id } } }`;
  for (let turn = 0; turn < 200; turn += 1) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: { text } }),
    });
    assert.equal((await response.json()).errors, undefined);
    if (await Promise.race([heard.then(() => true), new Promise((done) => setTimeout(done, 50, false))])) {
      return heard;
    }
  }
  return assert.fail(`nobody heard of ${text}`);
}

/// A promise with what settles it.
export function promised() {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}
