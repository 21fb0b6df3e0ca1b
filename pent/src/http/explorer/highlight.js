// What a name stands for, as far as its neighbours tell: for colours, not for checks.

import { tokenize } from "./lexer.js";

const DEFINITIONS = ["query", "mutation", "subscription", "fragment"];
const CONSTANTS = ["true", "false", "null"];

/** The tokens of a document with a kind fine enough to be coloured: names become `keyword`, `field`, `alias`,
 *  `argument`, `type`, `variable`, `directive`, `enum` or `definition`. */
export function highlight(text) {
  const tokens = tokenize(text);
  const open = [];
  let [before, previous, inDefault] = [{}, {}, false];
  tokens.forEach((token, at) => {
    if (token.kind === "space" || token.kind === "comment") return;
    if (token.kind === "name")
      token.kind = nameKind(token.text, before, previous, open, follower(tokens, at), inDefault);
    else if (token.text === "$") token.kind = "variable";
    else if (token.text === "@") token.kind = "directive";
    if (token.text === "=" || token.text === "$") inDefault = token.text === "=";
    if (["{", "(", "["].includes(token.text)) open.push(token.text);
    if (["}", ")", "]"].includes(token.text)) open.pop();
    [before, previous] = [previous, token];
  });
  return tokens;
}

function follower(tokens, at) {
  return tokens.slice(at + 1, at + 4).find(({ kind }) => kind !== "space" && kind !== "comment")?.text;
}

function nameKind(text, before, previous, open, next, inDefault) {
  if (previous.text === "$") return "variable";
  if (previous.text === "@") return "directive";
  if (text === "on" && (previous.text === "..." || before.text === "fragment")) return "keyword";
  if (previous.text === "on" && previous.kind === "keyword") return "type";
  if (previous.text === "...") return "definition";
  if (open.length === 0) return DEFINITIONS.includes(text) && previous.kind !== "keyword" ? "keyword" : "definition";
  if (!open.includes("(")) return next === ":" ? "alias" : "field";
  if (next === ":") return "argument";
  if (CONSTANTS.includes(text)) return "constant";
  // Outside of all braces only an operation has parentheses: what stands there is a type, unless it is a default.
  return open.includes("{") || inDefault ? "enum" : "type";
}
