// The rounds that a request took: a lane each, with its reads as bars on one line of time.

import { counted, duration, el, svg } from "./dom.js";
import { timeline } from "./plan.js";

/** The smallest part of the line that a bar takes: what took least is still there. */
const BAR_MIN = 0.4;

/** The numbers of a read, each with what it counts. */
const COLUMNS = [
  { name: "asked", count: ({ asked }) => asked, about: "Keys that were asked for" },
  {
    name: "shared",
    count: ({ deduplicated }) => deduplicated,
    about: "Keys that were asked for again, or known already",
  },
  { name: "sent", count: ({ sent }) => sent, about: "Keys that were sent" },
  { name: "missing", count: ({ missing }) => missing, about: "Keys with nothing there, or nothing that may be seen" },
];
const FAILED = { name: "failed", count: ({ failed }) => failed, about: "Keys that were answered with an error" };

/** The lanes of what was measured; null where nothing was read. */
export function roundsView(stats) {
  const line = timeline(stats);
  const groups = line.rounds.map(({ number, statements, micros, reads }) => {
    return [[`Round ${number}`, counted(statements, "statement"), duration(micros)], reads];
  });
  if (line.immediate.length) groups.push([["At once", "sources that wait for no round"], line.immediate]);
  if (line.rules.length) groups.push([["Between rounds", "privacy rules"], line.rules]);
  if (groups.length === 0) return null;
  const fails = groups.some(([, reads]) => reads.some(({ failed }) => failed > 0));
  const columns = fails ? [...COLUMNS, FAILED] : COLUMNS;
  const lanes = groups.map(([title, reads]) => lane(title, reads, columns, line.scale));
  return el(
    "section",
    { class: "measured" },
    el("h2", {}, "Measured"),
    el("table", { class: "lanes" }, head(columns, line.scale), lanes),
  );
}

function head(columns, scale) {
  const numbers = columns.map(({ name, about }) => el("th", { scope: "col", title: about }, capitalised(name)));
  const about = "From leaving to the answer, on one line of time for all rounds";
  const time = el("th", { scope: "col", title: about }, `Time, of ${duration(scale)}`);
  return el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Read"), numbers, time));
}

function lane([name, ...figures], reads, columns, scale) {
  const beside = figures.map((figure) => el("span", {}, figure));
  const title = el("th", { scope: "rowgroup", colspan: String(columns.length + 2) }, name, beside);
  const rows = reads.map((read) => readRow(read, columns, scale));
  return el("tbody", {}, el("tr", { class: "round" }, title), rows);
}

function readRow(read, columns, scale) {
  const kind = el("span", { class: "kind" }, read.operation);
  const numbers = columns.map(({ name, count }) => {
    const kinds = ["number", count(read) ? "" : "zero", name === "failed" && count(read) ? "bad" : ""];
    return el("td", { class: kinds.join(" "), "data-name": name }, count(read).toLocaleString("en"));
  });
  const time = el("td", { class: "time" }, bar(read, scale), el("span", { class: "micros" }, micros(read)));
  return el("tr", { class: `read k-${kindOf(read)}` }, el("th", { scope: "row" }, kind, of(read)), numbers, time);
}

/** What of, with the size of the page and the calls of a source beside it. */
function of(read) {
  const [name, ...rest] = (read.of || "by id").split(", ");
  const note = [...rest, read.calls > 0 && counted(read.calls, "call")].filter(Boolean).join(", ");
  const breakable = name.split(/(?<=[_.])/).flatMap((part) => [el("wbr"), part]);
  return el("span", { class: "of" }, el("b", {}, breakable), note && el("span", {}, ` ${note}`));
}

const micros = ({ micros: time }) => (time === null || time === undefined ? "under way" : duration(time));

function kindOf({ operation }) {
  return ["nodes", "edges", "counts", "find", "browse"].includes(operation) ? operation : "source";
}

/** A bar to scale, from where its round began. */
function bar({ start, micros: time }, scale) {
  const width = Math.max(BAR_MIN, (100 * (time ?? 0)) / scale);
  const fill = svg("rect", { x: Math.min(100 - BAR_MIN, (100 * start) / scale), y: 0, width, height: 10, rx: 0.4 });
  return svg("svg", { class: "span", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, fill);
}

const capitalised = (word) => word[0].toUpperCase() + word.slice(1);
