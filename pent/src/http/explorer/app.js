// The page: its parts put together.

import { complete } from "./complete.js";
import { Docs } from "./docs.js";
import { byId, counted, settled } from "./dom.js";
import { Editor } from "./editor.js";
import { example } from "./example.js";
import { checkHeaders, readHeaders } from "./headers.js";
import { highlight } from "./highlight.js";
import { History } from "./history.js";
import { formatJson, parseJson, tokenizeJson } from "./json.js";
import { panes } from "./panes.js";
import { parse } from "./parser.js";
import { fieldAt } from "./plan.js";
import { PlanPane } from "./plan_view.js";
import { pageAt } from "./place.js";
import { prettify } from "./prettify.js";
import { send } from "./request.js";
import { ResponsePane } from "./response.js";
import { load, save } from "./saved.js";
import { INTROSPECTION, Schema } from "./schema.js";
import { shortcuts } from "./shortcuts.js";
import { splitter } from "./splitter.js";
import { tabs } from "./tabs.js";
import { theme } from "./theme.js";
import { validate } from "./validate.js";
import { completeVariables, validateVariables } from "./variables.js";

/** How long somebody has to rest until what follows from a change is done: saving, and checks beside the query. */
const REST_MILLISECONDS = 300;

const saved = load();
let schema = null;
let running = null;
let problems = [];

// Editors

const query = new Editor(byId("query"), {
  label: "Query",
  paint: highlight,
  comment: true,
  complete: (text, offset) => (schema ? complete(schema, text, offset) : { items: [] }),
  check: (text) => validate(text, schema),
  changed: () => changed(),
  moved: settled(REST_MILLISECONDS, () => chooseOperation(query.offset)),
  told: (found, at) => tellProblems(found, at),
});

const variables = new Editor(byId("variables"), {
  label: "Variables, as JSON",
  placeholder: '{ "id": "…" }',
  paint: tokenizeJson,
  complete: (text, offset) => (schema ? completeVariables(text, offset, operation(), schema) : { items: [] }),
  check: (text) => validateVariables(text, operation(), schema),
  changed: () => changed(),
  told: (found) => flag("variables", found),
});

const headers = new Editor(byId("headers"), {
  label: "Headers, as JSON",
  placeholder: '{ "authorization": "Bearer …" }',
  paint: tokenizeJson,
  complete: () => ({ items: [] }),
  check: checkHeaders,
  changed: () => changed(),
  told: (found) => flag("headers", found),
});

const operations = () => parse(query.text).definitions.filter(({ kind }) => kind === "operation");

/** The operation that a run would run: the chosen one, or else the first. */
function operation() {
  const [all, chosen] = [operations(), byId("operation").value];
  return all.find(({ name }) => name && name.text === chosen) ?? all[0];
}

/** Chooses the operation that the caret is in: whoever writes in it wants to run it. */
function chooseOperation(offset) {
  const select = byId("operation");
  if (select.hidden) return;
  const name = operations().find(({ start, end }) => start <= offset && offset <= end)?.name?.text;
  if (!name || name === select.value || ![...select.options].some(({ value }) => value === name)) return;
  select.value = name;
  variables.recheck();
}

const saveSoon = settled(REST_MILLISECONDS, () => {
  const { theme, side, explain } = saved;
  save({ query: query.text, variables: variables.text, headers: headers.text, theme, side, explain });
});

const recheckSoon = settled(REST_MILLISECONDS, () => {
  listOperations();
  variables.recheck();
});

function changed() {
  saveSoon();
  recheckSoon();
}

function listOperations() {
  const select = byId("operation");
  const names = operations().flatMap(({ name }) => (name ? [name.text] : []));
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
  select.hidden = names.length < 2;
}

/** The line below the query: the problem at the caret, or the first one. */
function tellProblems(found, at = found.find(({ severity }) => severity === "error") ?? found[0]) {
  problems = found;
  const errors = found.filter(({ severity }) => severity === "error").length;
  const line = byId("problems");
  line.disabled = found.length === 0;
  line.className = errors ? "bad" : found.length ? "warn" : "";
  const more = found.length > 1 ? ` (${found.indexOf(at) + 1} of ${found.length})` : "";
  const none = schema ? "No problems" : "The schema is not known: only the grammar is checked";
  const text = at ? `${place(at.start)} ${at.message}${more}` : none;
  if (line.textContent !== text) line.textContent = text;
}

function place(offset) {
  const lines = query.text.slice(0, offset).split("\n");
  return `${lines.length}:${lines.at(-1).length + 1}`;
}

function nextProblem() {
  if (problems.length === 0) return;
  const next = problems.find(({ start }) => start > query.offset) ?? problems[0];
  showPane("pane-write");
  query.select(next.start, next.end);
}

function flag(name, found) {
  const tab = document.querySelector(`[aria-controls="${name}"]`);
  tab.classList.toggle("flagged", found.length > 0);
  tab.title = found.map(({ message }) => message).join("\n");
  const line = byId(`${name}-problem`);
  line.textContent = found[0]?.message ?? "";
}

// The answer

const response = new ResponsePane(
  { body: byId("response-text"), state: byId("response-state"), errors: byId("errors") },
  (line, column) => {
    showPane("pane-write");
    const { start, end } = query.wordAt(line, column);
    query.select(start, end);
  },
);

let ran = null;
const plan = new PlanPane(byId("plan"), byId("brief"), (path) => {
  const found = fieldAt(parse(query.text).definitions, ran, path);
  if (!found) return;
  showPane("pane-write");
  const name = found.alias ?? found.name;
  query.select(name.start, name.end);
});

async function run() {
  if (running) return running.abort();
  const refused = obstacle();
  if (refused) {
    showInput(refused.tab);
    return announce(refused.text);
  }
  running = new AbortController();
  byId("run").textContent = "Stop";
  response.wait();
  showPane("pane-read");
  const asked = { query: query.text, variables: variables.text };
  ran = operation().name?.text;
  const explain = byId("explain").checked;
  const sent = { ...asked, operationName: ran, headers: readHeaders(headers.text), explain, signal: running.signal };
  const result = await send(sent);
  running = null;
  byId("run").textContent = "Run";
  history.add({ ...asked, at: Date.now() });
  showResult(result, explain);
  return undefined;
}

function showResult(result, explain) {
  response.show(result);
  const errors = result.json?.errors ?? [];
  announce(result.failure ?? (errors.length ? counted(errors.length, "error") : "The answer has come."), true);
  if (result.json?.extensions?.graphscale) plan.show(result.json.extensions.graphscale, result.milliseconds);
  else if (!explain) plan.say("This run was not explained: the box “Explain” beside “Run” asks for it.");
  else if (result.failure) plan.say(result.failure);
  else plan.show(null);
  const placed = errors.filter(({ locations }) => locations?.length > 0);
  query.mark(
    placed.map(({ message, locations: [{ line, column }] }) => {
      return { ...query.wordAt(line, column), message: `The server: ${message}`, severity: "error" };
    }),
  );
  // A server that was away when the page came may be back.
  if (!schema && !result.failure) readSchema();
}

/** Why a request cannot even be sent, and the tab that says where; undefined when it can. */
function obstacle() {
  const [header] = checkHeaders(headers.text);
  if (header) return { tab: "headers", text: `Headers: ${header.message}` };
  const { root, problem } = parseJson(variables.text);
  const isObject = !root || root.type === "object";
  const message = problem?.message ?? (isObject ? null : "They are an object: { … }.");
  if (message) return { tab: "variables", text: `Variables: ${message}` };
  return operation() ? undefined : { tab: "variables", text: "There is no operation to run." };
}

/** Tells screen readers, and shows what concerns the request as a whole. */
function announce(text, isResult = false) {
  byId("announced").textContent = text;
  if (!isResult) response.state.textContent = text;
}

// The schema

async function readSchema() {
  notice(null);
  const result = await send({ query: INTROSPECTION, headers: readHeaders(headers.text) });
  const introspected = result.json?.data?.__schema;
  schema = introspected ? new Schema(introspected) : null;
  const refused = result.json?.errors?.[0]?.message;
  if (!schema && result.failure) notice(result.failure);
  else if (!schema) {
    const tail = "Queries run all the same, without completion, checks and documentation.";
    notice(`The server does not tell its schema${refused ? ` (${refused})` : ""}. ${tail}`);
  }
  if (schema && query.text === example(null)) query.begin(example(schema));
  docs.show(schema, byId("notice-text").textContent);
  query.recheck();
  variables.recheck();
}

function notice(text) {
  byId("notice").hidden = !text;
  byId("notice-text").textContent = text ?? "";
}

// Beside the query

const docs = new Docs(byId("docs"));

const history = new History(byId("history"), (entry) => {
  showPane("pane-write");
  query.text = entry.query;
  variables.text = entry.variables;
});

/** Opens the documentation of what the caret is in. */
function explainPlace() {
  const page = schema && pageAt(schema, query.text, query.offset);
  showSide("docs");
  if (page) docs.open(page);
}

function searchDocs() {
  showSide("docs");
  docs.search.focus();
  docs.search.select();
}

// Everything in its place

const { show: showPane, showSide } = panes((side) => {
  saved.side = side;
  saveSoon();
});
theme(byId("theme"), (chosen) => {
  saved.theme = chosen;
  saveSoon();
});

const showInput = tabs(byId("input-tabs"));
const showOutput = tabs(byId("output-tabs"));
splitter(byId("split-side"), "--side", "x", byId("side"));
splitter(byId("split-columns"), "--write", "x", byId("pane-write"));
splitter(byId("split-inputs"), "--inputs", "y", byId("inputs"), true);

const layOut = () => {
  const { problem, root } = parseJson(variables.text);
  if (root && !problem) variables.text = formatJson(variables.text);
  query.text = prettify(query.text);
};

const actions = {
  run,
  prettify: layOut,
  nextProblem,
  explainPlace,
  searchDocs,
  copy: () => navigator.clipboard?.writeText(response.text).then(() => announce("Copied.", true)),
  focusQuery: () => (showPane("pane-write"), query.area.focus()),
  help: () => byId("help").showModal(),
};

byId("run").addEventListener("click", run);
byId("prettify").addEventListener("click", layOut);
byId("problems").addEventListener("click", nextProblem);
byId("copy").addEventListener("click", actions.copy);
byId("brief").addEventListener("click", () => showOutput("plan"));
byId("retry").addEventListener("click", readSchema);
byId("open-help").addEventListener("click", actions.help);
byId("operation").addEventListener("change", () => variables.recheck());
byId("explain").addEventListener("change", ({ target }) => ((saved.explain = target.checked), saveSoon()));
query.area.addEventListener("click", (event) => (event.ctrlKey || event.metaKey) && explainPlace());
shortcuts(actions, byId("shortcuts"));

byId("explain").checked = saved.explain !== false;
showInput("variables");
showOutput("response");
query.begin(saved.query ?? example(null));
variables.begin(saved.variables ?? "");
headers.begin(saved.headers ?? "");
showSide(saved.side ?? null);
showPane("pane-write");
listOperations();
readSchema();
