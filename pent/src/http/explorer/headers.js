// Headers that are sent with a request, as JSON: one object of texts.

import { parseJson } from "./json.js";

/** What is wrong with them, at its place. */
export function checkHeaders(text) {
  const { root, problem } = parseJson(text);
  if (problem) return [{ ...problem, severity: "error" }];
  if (!root) return [];
  if (root.type !== "object") return [at(root, "Headers are an object: { … }.")];
  const values = root.members.map(({ value }) => value);
  return values.filter(({ type }) => type !== "string").map((value) => at(value, "The value of a header is a text."));
}

function at({ start, end }, message) {
  return { start, end, message, severity: "error" };
}

/** The headers of a text that [checkHeaders] finds nothing wrong with; none of any other. */
export function readHeaders(text) {
  return text.trim() && checkHeaders(text).length === 0 ? JSON.parse(text) : {};
}
