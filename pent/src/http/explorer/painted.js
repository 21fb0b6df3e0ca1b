// The text of an editor in colours, with the numbers of its lines. After a change only those lines are drawn anew that
// are not what they were: the rest of a long document costs nothing.

import { el } from "./dom.js";

const OPENING = "([{";
const CLOSING = ")]}";

export class Painted {
  constructor() {
    this.gutter = el("div", { class: "gutter", "aria-hidden": "true" });
    this.under = el("pre", { class: "under", "aria-hidden": "true" });
    this.lines = [];
    this.tokens = [];
    this.broken = [];
  }

  /** Draws tokens that cover a text, with problems marked. */
  draw(text, tokens, problems) {
    this.tokens = tokens;
    const lines = linesOf(text, tokens, problems);
    const written = lines.map(signature);
    const known = this.lines;
    let [head, tail] = [0, 0];
    const least = Math.min(written.length, known.length);
    while (head < least && written[head] === known[head]) head += 1;
    while (tail < least - head && written.at(-1 - tail) === known.at(-1 - tail)) tail += 1;
    const old = [...this.under.children].slice(head, known.length - tail);
    const fresh = lines.slice(head, lines.length - tail).map(drawn);
    const next = this.under.children[known.length - tail] ?? null;
    old.forEach((line) => line.remove());
    fresh.forEach((line) => this.under.insertBefore(line, next));
    this.lines = written;
    this.number(lines);
  }

  /** Numbers the lines, those with problems in another colour. */
  number(lines) {
    const { children } = this.gutter;
    while (children.length > lines.length) this.gutter.lastChild.remove();
    while (children.length < lines.length) this.gutter.append(el("span", {}, String(children.length + 1)));
    this.broken.forEach((line) => line.classList.remove("broken"));
    this.broken = [...children].filter((_, at) => lines[at].some(({ problem }) => problem));
    this.broken.forEach((line) => line.classList.add("broken"));
  }

  /** Where a character is in the window. `text` is what was drawn last. */
  placeOf(text, offset) {
    const start = text.lastIndexOf("\n", offset - 1) + 1;
    const line = this.under.children[lineAt(text, offset)];
    const frame = line.getBoundingClientRect();
    const { node, at } = nodeAt(line, offset - start);
    // An empty line has a height, but no character to measure.
    if (!node) return new DOMRect(frame.left, frame.top, 0, frame.height);
    const range = document.createRange();
    range.setStart(node, Math.min(at, node.length - 1));
    range.setEnd(node, Math.min(at + 1, node.length));
    const { left, right } = range.getBoundingClientRect();
    return new DOMRect(at < node.length ? left : right, frame.top, at < node.length ? right - left : 0, frame.height);
  }

  /** Marks the bracket before or behind an offset, and the one that belongs to it; null marks none. */
  pairUp(text, offset) {
    this.under.querySelectorAll(".pair").forEach((piece) => piece.classList.remove("pair"));
    if (offset === null) return;
    const touches = (token) => token && (token.start === offset || token.end === offset);
    const open = [];
    for (const token of this.tokens) {
      if (token.text?.length !== 1) continue;
      if (OPENING.includes(token.text)) open.push(token);
      if (!CLOSING.includes(token.text)) continue;
      const pair = [open.pop(), token];
      if (pair[0] && pair.some(touches))
        return pair.forEach(({ start }) => this.elementAt(text, start).classList.add("pair"));
    }
  }

  elementAt(text, offset) {
    const start = text.lastIndexOf("\n", offset - 1) + 1;
    return nodeAt(this.under.children[lineAt(text, offset)], offset - start + 1).node.parentElement;
  }
}

function lineAt(text, offset) {
  let line = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** The text node of a line with a column in it or right behind it. */
function nodeAt(line, column) {
  const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  let at = column;
  let node = texts.nextNode();
  for (let next = node; next; next = texts.nextNode()) {
    node = next;
    if (at <= node.length) break;
    at -= node.length;
  }
  return { node, at };
}

/** The parts of each line: tokens, cut where lines and problems begin and end. */
function linesOf(text, tokens, problems) {
  const lines = [[]];
  for (const token of tokens) {
    const marks = problems.filter(({ start, end }) => start < token.end && token.start < end);
    for (const [start, end] of cut(text, token, marks)) {
      if (text[start] === "\n") {
        lines.push([]);
        continue;
      }
      const problem = marks.find((mark) => mark.start <= start && end <= mark.end);
      lines.at(-1).push({ kind: token.kind, text: text.slice(start, end), problem });
    }
  }
  return lines;
}

function cut(text, token, marks) {
  const edges = new Set([token.start, token.end]);
  for (const { start, end } of marks) {
    if (token.start < start) edges.add(start);
    if (end < token.end) edges.add(end);
  }
  for (let at = text.indexOf("\n", token.start); at >= 0 && at < token.end; at = text.indexOf("\n", at + 1)) {
    edges.add(at).add(at + 1);
  }
  const sorted = [...edges].sort((one, other) => one - other);
  return sorted.slice(1).map((end, at) => [sorted[at], end]);
}

/** Equal for lines that look alike and say the same. */
function signature(parts) {
  return parts.map(({ kind, text, problem }) => `${kind}\t${text}\t${problem?.message ?? ""}`).join("\n");
}

function drawn(parts) {
  const pieces = parts.map(({ kind, text, problem }) => {
    if (kind === "space" && !problem) return text;
    const piece = el("span", { class: problem ? `t-${kind} ${problem.severity}` : `t-${kind}` }, text);
    if (problem) piece.problem = problem;
    return piece;
  });
  return el("div", {}, pieces);
}
