// A document laid out anew. It goes by tokens and brackets and not by the tree, so that comments stay.

import { tokenize } from "./lexer.js";

/** Columns that a line may take before its arguments get lines of their own. */
const COLUMNS = 80;
const INDENT = "  ";
const CLOSING = { "(": ")", "[": "]", "{": "}" };
const KEYWORDS = ["query", "mutation", "subscription", "fragment"];

/** The document with one selection a line. What has a mistake in its brackets or strings is left as it is. */
export function prettify(text) {
  const nodes = grouped(tokenize(text), text);
  if (!nodes) return text;
  const definitions = entries(nodes, startsDefinition).map((entry) => selection(entry, 0));
  // Comments stay with what they stand above.
  const spaced = definitions.map((one, at) => (at > 0 && !definitions[at - 1].startsWith("#") ? `\n${one}` : one));
  return spaced.length ? `${spaced.join("\n")}\n` : "";
}

/** Tokens, with those between two brackets as one node: `{ open, nodes }`. Null when brackets do not match. */
function grouped(tokens, text) {
  const root = { open: "", nodes: [] };
  const stack = [root];
  let end = 0;
  for (const token of tokens.filter(({ kind }) => kind !== "space")) {
    if (token.unterminated || token.kind === "invalid") return null;
    const trails = token.kind === "comment" && end > 0 && !text.slice(end, token.start).includes("\n");
    end = token.end;
    if (token.kind === "punctuator" && CLOSING[token.text]) {
      const group = { kind: "group", open: token.text, nodes: [] };
      stack.at(-1).nodes.push(group);
      stack.push(group);
    } else if (token.kind === "punctuator" && [")", "]", "}"].includes(token.text)) {
      if (CLOSING[stack.pop().open] !== token.text || stack.length === 0) return null;
    } else {
      stack.at(-1).nodes.push({ ...token, trails });
    }
  }
  return stack.length === 1 ? root.nodes : null;
}

/** Nodes parted into entries; each comment on a line of its own is one. `starts` is asked of a node with the two before
 *  it, comments left out, and the one behind it. */
function entries(nodes, starts) {
  const parted = [];
  let [second, last] = [undefined, undefined];
  nodes.forEach((node, at) => {
    const alone = node.kind === "comment" && !node.trails;
    const behindComment = nodes[at - 1]?.kind === "comment";
    if (parted.length === 0 || alone || behindComment || starts(node, last, second, nodes[at + 1])) parted.push([node]);
    else parted.at(-1).push(node);
    if (node.kind !== "comment") [second, last] = [last, node];
  });
  return parted;
}

const isName = (node) => node?.kind === "name";

function startsDefinition(node, last) {
  if (node.open === "{") return !last || last.open === "{";
  return KEYWORDS.includes(node.text) && last?.open === "{";
}

function startsSelection(node, last, second) {
  if (node.text === "...") return true;
  if (!isName(node)) return false;
  const isCondition = last?.text === "on" && second?.text === "...";
  return !isCondition && ![":", "@", "..."].includes(last?.text);
}

function startsInput(node, last, second, next) {
  if (node.text === "$") return last?.text !== ":";
  return isName(node) && next?.text === ":" && last?.text !== "$";
}

const startsItem = (node, last) => last?.text !== "$" && node.text !== "!";

/** One definition or selection, over as many lines as it takes. */
function selection(nodes, depth) {
  let line = "";
  let previous = null;
  for (const node of nodes) {
    if (node.open === "{") {
      const inner = entries(node.nodes, startsSelection).map((entry) => selection(entry, depth + 1));
      const indent = INDENT.repeat(depth);
      const lines = inner.map((entry) => `${indent}${INDENT}${entry}\n`).join("");
      line += `${line && " "}${inner.length ? `{\n${lines}${indent}}` : "{}"}`;
    } else if (node.open) {
      line += bracketed(node, depth, line.length - line.lastIndexOf("\n"));
    } else {
      line += gap(previous, node) + node.text;
    }
    previous = node;
  }
  return line;
}

/** What stands between round or square brackets, or the fields of an input object: on one line where it fits. */
function bracketed(group, depth, column) {
  const parted = entries(group.nodes, group.open === "[" ? startsItem : startsInput);
  const close = CLOSING[group.open];
  const flat = parted.map((entry) => joined(entry, depth, 0)).join(", ");
  const space = group.open === "{" && flat ? " " : "";
  const fits = depth * INDENT.length + column + flat.length <= COLUMNS;
  const hasComment = group.nodes.some(({ kind }) => kind === "comment");
  if (fits && !flat.includes("\n") && !hasComment) return group.open + space + flat + space + close;
  const indent = INDENT.repeat(depth);
  const lines = parted.map((entry) => `${indent}${INDENT}${joined(entry, depth + 1, 0)}\n`).join("");
  return `${group.open}\n${lines}${indent}${close}`;
}

function joined(nodes, depth, column) {
  let line = "";
  let previous = null;
  for (const node of nodes) {
    const inner = node.open ? bracketed(node, depth, column + line.length) : node.text;
    line += gap(previous, node) + inner;
    previous = node;
  }
  return line;
}

/** The space between two neighbours. */
function gap(previous, node) {
  if (!previous || [":", "!"].includes(node.text) || node.open === "(") return "";
  if (["$", "@"].includes(previous.text)) return "";
  return previous.text === "..." && isName(node) && node.text !== "on" ? "" : " ";
}
