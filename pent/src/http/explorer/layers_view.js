// The plan of a request: its fields, and the rounds that answer their ids and their nodes.

import { counted, el, svg } from "./dom.js";
import { rows } from "./plan.js";

/** Pixels of one round. */
const COLUMN = 26;
const ROW = 22;

const RUNS_OVER = {
  unary: "runs once",
  ids: "runs over ids",
  nodes: "runs over nodes",
};

/** The fields of a plan against its rounds. `taken` rounds were measured; `locate` is called with a field's path. */
export function layersView(plan, taken, locate) {
  const count = plan.rounds.length;
  const numbers = plan.rounds.map((_, at) => el("span", {}, String(at + 1)));
  const statements = plan.rounds.map((round) => el("span", { title: readsOf(round) }, String(round.statementsAtMost)));
  const head = el(
    "div",
    { class: "plan-row plan-head" },
    el("span", {}, "Field"),
    el("span", { class: "plan-rounds" }, numbers),
  );
  const foot = el(
    "div",
    { class: "plan-row plan-foot" },
    el("span", {}, `Statements at most, over ${counted(plan.shards ?? 1, "shard")}`),
    el("span", { class: "plan-rounds" }, statements),
  );
  return el(
    "section",
    { class: "planned" },
    el("h2", {}, "Planned"),
    el("p", { class: "muted" }, difference(count, taken)),
    el(
      "p",
      { class: "legend", "aria-hidden": "true" },
      el("span", {}, drawing([1, null], 1, ""), "ids are read"),
      el("span", {}, drawing([null, 1], 1, ""), "nodes are read"),
    ),
    el(
      "div",
      { class: "plan-table" },
      head,
      rows(plan).map((row) => planRow(row, count, locate)),
      count > 0 && foot,
    ),
  );
}

function difference(expected, taken) {
  if (taken === undefined || taken === expected) return `${counted(expected, "round")}, whatever the number of rows.`;
  const fewer = "what was known already was not read again, or lists were empty";
  const more = "custom code or rules read in rounds of their own";
  return `${counted(expected, "round")} planned, ${taken} taken: ${taken < expected ? fewer : more}.`;
}

const readsOf = ({ reads }) => reads.map(({ what, keys }) => `${what} (keys: ${keys})`).join("\n");

function planRow({ key, path, depth, step, when, plain }, count, locate) {
  const name = el(
    "button",
    { type: "button", class: "link t-field", title: "Show it in the query", onclick: () => locate(path) },
    key,
  );
  const over = step && el("span", { class: `over o-${step.runsOver}`, title: RUNS_OVER[step.runsOver] }, overOf(step));
  const what = el(
    "div",
    { class: "plan-what" },
    step && el("span", {}, step.what),
    over,
    when && el("span", { class: "when" }, `when ${when}`),
  );
  const rest = plain.length > 0 && el("div", { class: "plan-plain" }, plain.join(", "));
  const cell = el("div", { class: "plan-field" }, el("div", {}, name), (step || when) && what, rest);
  cell.style.setProperty("--depth", depth);
  const [ids, nodes] = [step?.idsInRound ?? null, step?.nodesInRound ?? null];
  return el(
    "div",
    { class: "plan-row" },
    cell,
    el("div", { class: "plan-rounds" }, drawing([ids, nodes], count, spoken(ids, nodes))),
  );
}

const overOf = ({ runsOver }) => (runsOver === "unary" ? "once" : `over ${runsOver}`);

function spoken(ids, nodes) {
  const told = [ids && `ids in round ${ids}`, nodes && `nodes in round ${nodes}`].filter(Boolean);
  return told.length ? told.join(", ") : "reads in no round of its own";
}

/** A ring in the round that answers ids, a disc in the one that answers nodes, a line between them. */
function drawing([ids, nodes], count, label) {
  const x = (round) => (round - 0.5) * COLUMN;
  const y = ROW / 2;
  const both = ids && nodes && ids !== nodes;
  return svg(
    "svg",
    { class: "layers", width: count * COLUMN, height: ROW, role: "img", "aria-label": label },
    Array.from({ length: count }, (_, at) => svg("circle", { class: "empty", cx: x(at + 1), cy: y, r: 1.5 })),
    both && svg("line", { x1: x(ids), y1: y, x2: x(nodes), y2: y }),
    ids && ids !== nodes && svg("circle", { class: "ids", cx: x(ids), cy: y, r: 5 }),
    nodes && svg("circle", { class: "nodes", cx: x(nodes), cy: y, r: 6 }),
  );
}
