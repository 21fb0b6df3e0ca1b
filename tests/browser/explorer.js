// The explorer in a browser, at the address that is given: every step of a person who tries it, in light and dark, on a
// wide page and a narrow one. Ends with status 1 at the first thing that is not as it should be.
//
//   node explorer.js http://127.0.0.1:8080/
//
// GRAPHSCALE_CHROMIUM names another browser, GRAPHSCALE_SCREENSHOTS a folder that pictures are written to.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { contrasts } from "./contrast.js";
import { isStored } from "./introspection.js";

const ADDRESS = new URL(process.argv[2]);
const BROWSER = process.env.GRAPHSCALE_CHROMIUM ?? "/usr/bin/chromium";
const PICTURES = process.env.GRAPHSCALE_SCREENSHOTS;

/** How long a step may wait: machines that run all tests at once are slow. */
const PATIENCE_MILLISECONDS = 30_000;

/** Nothing of the browser's own goes out, and nothing of it is left behind. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const QUERY = `query Lists($first: Int!) {
  allTodoUsers(first: $first) {
    name
    todoLists(first: 3) {
      name
      todoItems(first: 2) {
        text
        todoList {
          owner {
            name
          }
        }
      }
    }
  }
}
`;

/** The part of a style that each width and scheme comes to. */
const LOOKS = [
  { width: 1280, height: 800, scheme: "light", background: "rgb(243, 245, 248)" },
  { width: 1280, height: 800, scheme: "dark", background: "rgb(14, 19, 25)" },
  { width: 400, height: 800, scheme: "light", background: "rgb(243, 245, 248)" },
  { width: 400, height: 800, scheme: "dark", background: "rgb(14, 19, 25)" },
];

/** One page, with what it did that it must not. */
class Visit {
  static async begin(look) {
    const visit = Object.assign(new Visit(), { look, faults: [], foreign: [] });
    visit.folder = await mkdtemp(join(tmpdir(), "graphscale-browser-"));
    const { width, height, scheme } = look;
    const options = { executablePath: BROWSER, args: FLAGS, viewport: { width, height }, colorScheme: scheme };
    visit.context = await chromium.launchPersistentContext(visit.folder, options);
    await visit.context.route("**", (route) => visit.guard(route));
    visit.page = await visit.context.newPage();
    visit.page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    visit.page.on("pageerror", (error) => visit.faults.push(error.stack));
    visit.page.on("console", (message) => message.type() === "error" && visit.faults.push(message.text()));
    await visit.page.goto(ADDRESS.href);
    return visit;
  }

  /** Lets nothing out but to the server. */
  guard(route) {
    const url = new URL(route.request().url());
    if (url.host === ADDRESS.host || url.protocol === "data:") return route.continue();
    this.foreign.push(url.href);
    return route.abort();
  }

  get isNarrow() {
    return this.look.width < 800;
  }

  area(name = "query") {
    return this.page.locator(`#${name} textarea`);
  }

  /** Shows a pane where there is room for one only. */
  async pane(name) {
    if (this.isNarrow) await this.page.click(`#panes [data-pane="${name}"]`);
  }

  async picture(name) {
    const { width, scheme } = this.look;
    if (PICTURES) await this.page.screenshot({ path: join(PICTURES, `${name}-${width}-${scheme}.png`) });
  }

  async text(selector) {
    return this.page.locator(selector).innerText();
  }

  async waitFor(selector, text) {
    await this.page.locator(selector, { hasText: text }).first().waitFor();
  }

  /** All text is readable, what is painted is what was typed, and nothing makes a narrow page scroll sideways. */
  async isFit(what) {
    const editors = await this.page.locator(".sheet").evaluateAll((sheets) => {
      return sheets.map((sheet) => {
        const lines = [...sheet.querySelectorAll(".under > div")].map((line) => line.textContent);
        return [lines.join("\n"), sheet.querySelector("textarea").value];
      });
    });
    for (const [painted, typed] of editors) assert.equal(painted, typed, `${what}: the colours are of another text`);
    const faint = await contrasts(this.page);
    assert.deepEqual(faint, [], `${what}: text without contrast`);
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `${what}: ${wide} pixels beside the page`);
    await this.picture(what);
  }

  async end() {
    assert.deepEqual(this.foreign, [], "another host was asked");
    assert.deepEqual(this.faults, []);
    await this.close();
  }

  async close() {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Writes with completion, by the keyboard alone. */
async function writes(visit) {
  const { page } = visit;
  await visit.waitFor("#problems", "No problems");
  await visit.area().fill("");
  await visit.area().focus();
  await page.keyboard.type("{");
  await page.keyboard.press("Enter");
  await page.keyboard.type("allTodoU");
  await visit.waitFor('[role="option"][aria-selected="true"]', "allTodoUsers");
  const active = await visit.area().getAttribute("aria-activedescendant");
  assert.ok(await page.locator(`#${active}`).isVisible(), "the proposal is told to screen readers");
  await visit.isFit("completion");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await visit.area().inputValue(), "{\n  allTodoUsers {\n    name\n  }\n}");
}

/** Marks mistakes at their places, and says what was meant. */
async function marks(visit) {
  const { page } = visit;
  await visit.area().fill("{ allTodoUsers(frist: 1) { nme } }");
  await visit.waitFor("#problems", 'Did you mean "first"?');
  const marked = await page.locator("#query .under .error").allInnerTexts();
  assert.deepEqual(marked, ["frist", "nme"]);
  await page.keyboard.press("F8");
  const selected = await visit.area().evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(selected, "frist");
  await page.locator("#query .under .error").nth(1).hover({ force: true });
  await visit.waitFor('[role="tooltip"]', 'Did you mean "name"?');
  await visit.area().evaluate((area) => area.setSelectionRange(0, 0));
  await page.keyboard.type("# why");
  await page.keyboard.press("Enter");
  const moved = await page.locator("#query .under .error").allInnerTexts();
  assert.deepEqual(moved, ["frist", "nme"], "marks move with their text");
  await visit.area("variables").fill('{ "first": 3, }');
  await visit.waitFor("#variables-problem", "This is no JSON");
  await visit.isFit("problems");
}

/** Runs a query, and shows its answer and its plan. */
async function runs(visit) {
  const { page } = visit;
  await visit.area().fill(QUERY);
  await visit.area("variables").fill('{ "first": 3 }');
  await visit.area().focus();
  await page.keyboard.press("Control+Enter");
  await visit.waitFor("#response-state", "200 OK");
  const answer = JSON.parse(await page.locator("#response-text").textContent());
  assert.equal(answer.data.allTodoUsers.length, 3);
  assert.equal(answer.extensions, undefined, "the plan is drawn, not printed");
  await visit.isFit("response");

  await page.click("#tab-plan");
  const rounds = await page.locator(".lanes .round").count();
  assert.match(await visit.text("#brief"), new RegExp(`^${rounds} rounds, \\d+ statements$`));
  assert.ok(rounds >= 4, `${rounds} rounds`);
  const reads = await page.locator(".lanes .read").count();
  assert.ok(reads > rounds, `${reads} reads in ${rounds} rounds`);
  const bars = await page.locator(".lanes .read svg rect").evaluateAll((all) => {
    return all.map((bar) => [bar.x.baseVal.value, bar.width.baseVal.value]);
  });
  assert.ok(
    bars.every(([x, width]) => width > 0 && x >= 0 && x + width <= 101),
    JSON.stringify(bars),
  );
  const starts = bars.map(([x]) => x);
  assert.ok(
    starts.every((x, at) => at === 0 || starts[at - 1] <= x),
    `rounds follow each other: ${starts}`,
  );
  const fields = await page.locator(".planned .plan-field .link").allInnerTexts();
  assert.deepEqual(fields, ["allTodoUsers", "todoLists", "todoItems", "todoList", "owner"]);
  const layers = await page.locator(".planned .plan-row svg.layers").evaluateAll((all) => {
    return all.map((drawing) => drawing.getAttribute("aria-label"));
  });
  assert.equal(layers[1], "ids in round 2, nodes in round 3");
  await visit.isFit("plan");
  await page.locator(".planned").scrollIntoViewIfNeeded();
  await page.locator(".plan-foot").scrollIntoViewIfNeeded();
  await visit.isFit("planned");
  await page.locator(".planned .plan-field .link").nth(2).click();
  const selected = await visit.area().evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(selected, "todoItems", "a field of the plan leads to the query");
  await visit.pane("pane-read");
  await page.click("#tab-response");
  await visit.pane("pane-write");
}

/** Says of a mutation that its writes are no rounds. */
async function tellsOfWrites(visit) {
  const { page } = visit;
  const nobody = "00000000-0000-0000-0000-000000000000";
  await visit.area().fill(`mutation {\n  deleteTodoUser(id: "${nobody}") {\n    deletedId\n  }\n}`);
  await page.click("#run");
  await visit.waitFor("#response-state", "with errors");
  await visit.pane("pane-read");
  await page.click("#tab-plan");
  await visit.waitFor(".plan-writes", "Writes are not counted");
  await visit.isFit("writes");
  await page.click("#tab-response");
  await visit.pane("pane-write");
}

/** Links errors of the server to their places. */
async function fails(visit) {
  const { page } = visit;
  await visit.area().fill('{\n  todoUser(id: "nobody") {\n    name\n  }\n}');
  await page.click("#run");
  await visit.waitFor("#response-state", "with errors");
  await visit.isFit("errors");
  const text = page.locator("#response-text");
  const hidden = await text.evaluate((element) => {
    const block = element.firstElementChild;
    return block.scrollWidth - block.clientWidth;
  });
  assert.equal(hidden, 0, "long lines can be scrolled to");
  await page.locator("#errors .place").first().click();
  const start = await visit.area().evaluate((area) => area.selectionStart);
  assert.ok(start > 0, "the place of the error is selected");
  await visit.waitFor("#problems", "The server:");
  // Browsers log it: a document that cannot be run is a bad request.
  visit.faults = visit.faults.filter((fault) => !fault.includes("400 (Bad Request)"));
}

/** Opens the documentation of what the caret is in, and searches it. */
async function documents(visit) {
  const { page } = visit;
  await visit.pane("pane-write");
  await visit.area().fill(QUERY);
  await visit.area().evaluate((area) => {
    const at = area.value.indexOf("todoItems") + 2;
    area.focus();
    area.setSelectionRange(at, at);
  });
  await page.keyboard.press("Alt+Enter");
  await visit.waitFor(".docs-page h2", "TodoList.todoItems");
  await page.click('.docs-page h2 .link >> text="TodoList"');
  await visit.waitFor(".docs-page", "How many of the list's items are still open.");
  await visit.isFit("docs");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("username");
  await visit.waitFor(".docs-page", "todoUserByUsername");
  await visit.isFit("search");
}

/** Keeps what was run, and what is being written. */
async function remembers(visit) {
  const { page } = visit;
  if (visit.isNarrow) await visit.pane("history");
  else await page.click("#toggle-history");
  const entry = page.locator(".history-list li", { hasText: "Lists" });
  await entry.locator(".star").click();
  assert.equal(await entry.locator(".star").getAttribute("aria-pressed"), "true");
  await page.click("#history .quiet");
  assert.equal(await page.locator(".history-list li").count(), 1, "favourites are kept");
  await visit.isFit("history");
  await visit.pane("pane-write");
  await visit.area().fill("{ kept }");
  await visit.area("variables").fill("{}");
  await visit.pane("history");
  await entry.locator(".history-open").click();
  assert.equal(await visit.area().inputValue(), QUERY);
  // What was saved before had the same query: the panel tells the two apart.
  const isSaved = ([query, side]) => {
    const saved = JSON.parse(sessionStorage.getItem("graphscale-explorer"));
    return saved.query === query && (side === null || saved.side === side);
  };
  await page.waitForFunction(isSaved, [QUERY, visit.isNarrow ? null : "history"]);
  await page.reload();
  assert.equal(await visit.area().inputValue(), QUERY);
  await visit.pane("history");
  await page.getByLabel("Delete: Lists").click();
  assert.equal(await page.locator(".history-list .history-open").count(), 0);
  await visit.pane("pane-write");
}

/** Prettifies, helps, and changes its colours. */
async function obliges(visit) {
  const { page, look } = visit;
  await visit.area().fill("{allTodoUsers(first:1){name,# why\nid}}");
  await visit.area().focus();
  await page.keyboard.press("Control+Shift+p");
  assert.equal(await visit.area().inputValue(), "{\n  allTodoUsers(first: 1) {\n    name # why\n    id\n  }\n}\n");
  await page.keyboard.press("Control+z");
  assert.ok((await visit.area().inputValue()).startsWith("{allTodoUsers"), "it can be undone");
  await page.keyboard.press("F1");
  await visit.waitFor("#help", "Prettify");
  await visit.isFit("help");
  await page.keyboard.press("Escape");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await background(), look.background);
  await page.click("#theme");
  assert.notEqual(await background(), look.background);
  await page.click("#theme");
}

/** Says what is wrong when the server is away, tells no schema, or answers something else. */
async function survives(visit) {
  const { page, context } = visit;
  const graphql = new URL("graphql", ADDRESS).href;
  const answers = [
    [{ json: { errors: [{ message: "introspection is off" }] } }, "does not tell its schema (introspection is off)"],
    [{ status: 502, contentType: "text/html", body: "<b>Bad gateway</b>" }, "no answer of a GraphQL server"],
    [null, "Is the server running?"],
  ];
  for (const [answer, notice] of answers) {
    await context.route(graphql, (route) => (answer ? route.fulfill(answer) : route.abort()));
    await page.reload();
    await visit.waitFor("#notice", notice);
    await visit.isFit(`notice-${answers.findIndex(([, text]) => text === notice)}`);
    await context.unroute(graphql);
  }
  await page.click("#retry");
  await page.locator("#notice").waitFor({ state: "hidden" });
  // Browsers log what failed here on purpose.
  visit.faults = visit.faults.filter((fault) => !/502|ERR_FAILED/.test(fault));
}

/** The schema that the tests of modules read is that of the server. */
async function isUpToDate(visit) {
  const schema = await visit.page.evaluate(async () => {
    const { INTROSPECTION } = await import("/explorer/schema.js");
    const body = JSON.stringify({ query: INTROSPECTION });
    const response = await fetch("graphql", { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await response.json()).data.__schema;
  });
  const hint = "todo.json is not the schema of the server: node introspect.js URL writes it";
  assert.ok(await isStored(schema), hint);
}

/** GraphiQL is another host's: where that is not to be reached, its page says what to do. */
async function saysWhereGraphiqlIs(visit) {
  const { page } = visit;
  await page.goto(new URL("graphiql", ADDRESS).href);
  await visit.waitFor("#graphiql", "works offline, too");
  assert.ok(visit.foreign.length > 0 && visit.foreign.every((url) => url.startsWith("https://cdn.jsdelivr.net/npm/")));
  visit.foreign = [];
  visit.faults = visit.faults.filter((fault) => !fault.includes("ERR_FAILED"));
}

/** Nothing that is there already moves when something else appears. */
async function isCalm(visit) {
  await visit.page.reload();
  await visit.waitFor("#problems", "No problems");
  await visit.page.click("#run");
  await visit.waitFor("#response-state", "200");
  const moved = await visit.page.evaluate(() => {
    return new Promise((resolve) => {
      let sum = 0;
      const observer = new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
      });
      observer.observe({ type: "layout-shift", buffered: true });
      setTimeout(() => resolve(sum), 200);
    });
  });
  assert.ok(moved < 0.02, `the layout jumps: ${moved}`);
}

const STEPS = [
  isUpToDate,
  writes,
  marks,
  runs,
  tellsOfWrites,
  fails,
  documents,
  remembers,
  obliges,
  isCalm,
  survives,
  saysWhereGraphiqlIs,
];

/** Takes all steps with one look. */
async function tries(look) {
  const visit = await Visit.begin(look);
  const name = `${look.width} ${look.scheme}`;
  for (const step of STEPS) {
    try {
      await step(visit);
    } catch (error) {
      await visit.picture("failed");
      console.error(`explorer at ${name}: ${step.name}: ${error.stack}`);
      if (visit.faults.length) console.error(`the page said: ${visit.faults.join("\n")}`);
      await visit.close();
      return false;
    }
  }
  await visit.end();
  console.log(`explorer at ${name}: ${STEPS.length} steps`);
  return true;
}

const held = await Promise.all(LOOKS.map(tries));
process.exitCode = held.every(Boolean) ? 0 : 1;
