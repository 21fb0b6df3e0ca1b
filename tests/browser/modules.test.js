// The explorer's modules that need no browser, over the schema of the todo server: `node --test`.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { complete } from "../../pent/src/http/explorer/complete.js";
import { example } from "../../pent/src/http/explorer/example.js";
import { checkHeaders, readHeaders } from "../../pent/src/http/explorer/headers.js";
import { highlight } from "../../pent/src/http/explorer/highlight.js";
import { remembered, titleOf } from "../../pent/src/http/explorer/history.js";
import { formatJson, parseJson } from "../../pent/src/http/explorer/json.js";
import { tokenize } from "../../pent/src/http/explorer/lexer.js";
import { parse } from "../../pent/src/http/explorer/parser.js";
import { pageAt } from "../../pent/src/http/explorer/place.js";
import { explained, fieldAt, rows, timeline, totals } from "../../pent/src/http/explorer/plan.js";
import { prettify } from "../../pent/src/http/explorer/prettify.js";
import { INTROSPECTION, Schema, written } from "../../pent/src/http/explorer/schema.js";
import { nearest } from "../../pent/src/http/explorer/suggest.js";
import { validate } from "../../pent/src/http/explorer/validate.js";
import { completeVariables, validateVariables } from "../../pent/src/http/explorer/variables.js";
import { stored } from "./introspection.js";

let schema;
before(async () => (schema = new Schema(await stored())));

/** A text with its caret, which is written as `|`. */
function caret(text) {
  return [text.replace("|", ""), text.indexOf("|")];
}

describe("lexer", () => {
  test("tokens cover the whole text, whatever is in it", () => {
    for (const text of ["", "{ a }", '{ a(b: "', '"""x', "{ § 12ab 😀 }", "# c\r\n{a,,b}", '"a\\', "..."]) {
      assert.equal(
        tokenize(text)
          .map((token) => token.text)
          .join(""),
        text,
      );
    }
  });

  test("strings and numbers that are broken are seen", () => {
    const kinds = (text) => tokenize(text).map(({ kind, unterminated }) => (unterminated ? "unterminated" : kind));
    assert.deepEqual(kinds('"a"'), ["string"]);
    assert.deepEqual(kinds('"a\\""'), ["string"]);
    assert.deepEqual(kinds('""'), ["string"]);
    assert.deepEqual(kinds('"""a "b" \\""" c"""'), ["string"]);
    assert.deepEqual(kinds('"a'), ["unterminated"]);
    assert.deepEqual(kinds('"""a""'), ["unterminated"]);
    assert.deepEqual(kinds("-1.5e3"), ["number"]);
    assert.deepEqual(kinds("12ab"), ["invalid"]);
    assert.deepEqual(kinds("007"), ["invalid"]);
  });

  test("names are coloured by what they stand for", () => {
    const text = "query Q($a: [Int!] = 3) { x: y(b: OPEN, c: $a) @skip(if: true) { ...F ... on T { z } } }";
    const kinds = Object.fromEntries(highlight(text).map((token) => [token.text, token.kind]));
    const expected = {
      query: "keyword",
      Q: "definition",
      a: "variable",
      Int: "type",
      x: "alias",
      y: "field",
      b: "argument",
      OPEN: "enum",
      skip: "directive",
      true: "constant",
      F: "definition",
      on: "keyword",
      T: "type",
      z: "field",
    };
    for (const [name, kind] of Object.entries(expected)) assert.equal(kinds[name], kind, name);
  });
});

describe("parser", () => {
  test("a document is understood to where it is broken off", () => {
    const { definitions, problems } = parse("query Q($id: UUID!) { a: b(c: [1, { d: $id }]) { e");
    const [field] = definitions[0].selections;
    assert.equal(definitions[0].name.text, "Q");
    assert.equal(field.alias.text, "a");
    assert.equal(field.selections[0].name.text, "e");
    assert.ok(
      problems.every(({ message }) => message.includes("not closed")),
      JSON.stringify(problems),
    );
  });

  test("every beginning of a document ends, and its tree covers places of the text", () => {
    const text =
      'query Q($a: [Int!]! = [1]) @x { a: b(c: "d", e: {f: $a}) { ...F ... on T @y { g } } } fragment F on T { h }';
    for (let end = 0; end <= text.length; end += 1) {
      for (const { start, end: last } of parse(text.slice(0, end)).definitions) assert.ok(start <= last && last <= end);
    }
  });

  test("a bracket too many is told where it is", () => {
    const text = "{ todoUser(id: 1) ) { id } }";
    const [problem] = parse(text).problems;
    assert.equal(problem.start, text.indexOf(") {"));
  });

  test("a document that is nested too deeply is no end of the page", () => {
    assert.ok(parse("{a".repeat(5000)).problems.some(({ message }) => message.includes("too deeply")));
    assert.ok(parse(`{ a(b: ${"[".repeat(5000)}`).problems.length > 0);
  });
});

describe("completion", () => {
  const labels = (text) => complete(schema, ...caret(text)).items.map(({ label }) => label);
  const written = (text) => complete(schema, ...caret(text)).items.map(({ before, after }) => `${before}|${after}`);

  test("of fields, best first", () => {
    assert.deepEqual(labels("{ allTodoUsers { | } }"), ["id", "name", "username", "todoLists", "...", "__typename"]);
    assert.deepEqual(labels("{ allTodoUsers { na| } }"), ["name", "username", "__typename"]);
    assert.deepEqual(labels("{ x: todoL| }"), ["todoList"]);
    assert.deepEqual(labels("{ __sch|"), ["__schema"]);
    assert.ok(labels("{ tui|").includes("todoItem") === false);
    assert.deepEqual(labels("mutation { cmpl|"), ["completeList"]);
  });

  test("writes what a field cannot do without", () => {
    assert.deepEqual(written("{ allTodoU| }"), ["allTodoUsers {\n  |\n}"]);
    assert.deepEqual(written("{ todoUserB| }"), ["todoUserByUsername(username: |) {\n  \n}"]);
    assert.deepEqual(written("{ todoUserB|(username: 1) }"), ["todoUserByUsername|"]);
    assert.deepEqual(written("{ allTodoUsers { usern| } }"), ["username|"]);
  });

  test("of arguments, and of fields of input objects, without those that are there", () => {
    assert.deepEqual(labels("{ allTodoUsers(|) { id } }"), ["first", "after"]);
    assert.deepEqual(labels("{ allTodoUsers(first: 1, |"), ["after"]);
    assert.deepEqual(labels('mutation { createTodoItem(data: {text: "a", | '), ["todoListId", "status"]);
  });

  test("of values and variables", () => {
    assert.deepEqual(labels("mutation { createTodoItem(data: {status: |"), ["OPEN", "COMPLETED"]);
    assert.deepEqual(labels("query($id: UUID!, $n: Int) { todoUser(id: |) { id } }"), ["$id", "$n"]);
    assert.deepEqual(labels("query($id: UUID!, $n: Int) { todoUser(id: $i|) { id } }"), ["id"]);
    assert.deepEqual(labels("{ id @include(if: |) }"), ["true", "false"]);
    assert.deepEqual(written("query($a: ID) { todoUserByUsername(username: |) { id } }"), ["$a|", '"|"']);
  });

  test("of types, fragments and directives", () => {
    assert.deepEqual(labels("{ todoUser(id: 1) { ... on | } }"), ["TodoUser"]);
    const fragments = "fragment F on TodoUser { id } fragment G on TodoList { id }";
    assert.deepEqual(labels(`{ todoUser(id: 1) { ...| } } ${fragments}`), ["on", "F"]);
    assert.ok(labels("query($x: |").includes("TodoItemStatus"));
    assert.ok(!labels("query($x: |").includes("TodoItem"));
    assert.deepEqual(labels("{ todoUser(id: 1) { name @| } }"), ["@include", "@skip"]);
    assert.deepEqual(labels("query($a: Int @|"), []);
    assert.deepEqual(labels("|"), ["query", "mutation", "fragment"]);
  });

  test("nothing in comments and strings", () => {
    assert.deepEqual(labels("{ # a|"), []);
    assert.deepEqual(labels('{ todoUser(id: "a|") { id } }'), []);
    assert.deepEqual(labels('{ todoUser(id: "a|'), []);
  });

  test("of names and values in the JSON of variables", () => {
    const [operation] = parse("query($id: UUID!, $data: CreateTodoItemData) { x }").definitions;
    const labels = (text) => completeVariables(...caret(text), operation, schema).items.map(({ label }) => label);
    assert.deepEqual(labels("{|}"), ["id", "data"]);
    assert.deepEqual(labels('{"id": "x", "d|"}'), ["data"]);
    assert.deepEqual(labels('{"data": {|}}'), ["text", "todoListId", "status"]);
    assert.deepEqual(labels('{"data": {"status": |}}'), ["OPEN", "COMPLETED"]);
  });
});

describe("validation", () => {
  /** The problems, each as the text that is marked and what is said. */
  function told(text) {
    return validate(text, schema).map(({ start, end, message }) => [text.slice(start, end), message]);
  }
  const cases = [
    ["{ allTodoUsers { id name } }", null, null],
    ["{ __typename __schema { types { name } } }", null, null],
    ["query($n: Int = 3) { allTodoUsers(first: $n) { id } }", null, null],
    ["{ todoUser(id: 1) { ...F } } fragment F on TodoUser { id }", null, null],
    ["{ allTodoUsers { nme } }", "nme", 'Did you mean "name"?'],
    ["{ allTodoUsers }", "allTodoUsers", "select some of its fields"],
    ["{ allTodoUsers { id { x } } }", "id", "no fields to select"],
    ["{ allTodoUsers(frist: 1) { id } }", "frist", 'Did you mean "first"?'],
    ["{ todoUser { id } }", "todoUser", 'needs "id: UUID!"'],
    ['{ allTodoUsers(first: "x") { id } }', '"x"', "a whole number"],
    ["{ allTodoUsers(first: 1, first: 2) { id } }", "first", "twice"],
    ["{ todoUser(id: null) { id } }", "null", "cannot be null"],
    ["{ todoUser(id: $id) { id } }", "$id", "not declared"],
    ["query($id: UUID) { todoUser(id: $id) { id } }", "$id", '"UUID" where "UUID!"'],
    ["query($a: Int) { allTodoUsers { id } }", "$a: Int", "not used"],
    ["query($a: Itn) { allTodoUsers(first: $a) { id } }", "Itn", 'Did you mean "Int"?'],
    ["query($a: TodoUser) { allTodoUsers(first: $a) { id } }", "TodoUser", "no type of input"],
    ["{ allTodoUsers { id @inclde(if: true) } }", "inclde", 'Did you mean "include"?'],
    ["{ allTodoUsers { id @include } }", "include", 'needs "if: Boolean!"'],
    ["{ allTodoUsers { ...F } }", "F", "no fragment"],
    ["{ allTodoUsers { ... on TodoList { id } } }", "TodoList", "can never be"],
    ["{ allTodoUsers { ... on TodoUsr { id } } }", "TodoUsr", 'Did you mean "TodoUser"'],
    ["fragment F on TodoUser { id } { allTodoUsers { id } }", "F", "not used"],
    ["{ allTodoUsers { id } } { __typename }", "{", "needs a name"],
    ["subscription { a }", "subscription", "no type for a subscription"],
    ['mutation { createTodoUser(data: {name: "a"}) { todoUser { id } } }', "{", 'needs "username: String!"'],
    ['mutation { createTodoUser(data: "a") { todoUser { id } } }', '"a"', "an object"],
    ["mutation { updateTodoItem(id: 1, data: {status: OPNE}) { todoItem { id } } }", "OPNE", 'Did you mean "OPEN"?'],
    ['mutation { updateTodoItem(id: 1, data: {status: "OPEN"}) { todoItem { id } } }', '"OPEN"', "without quotes"],
    ["{ allTodoUsers { id }", "{", "not closed"],
    ['{ todoUser(id: "a) { id } }', '"a) { id } }', "does not end"],
  ];
  for (const [text, marked, message] of cases) {
    test(text, () => {
      const found = told(text);
      if (message === null) return assert.deepEqual(found, []);
      const hit = found.some(([part, words]) => part === marked && words.includes(message));
      return assert.ok(hit, JSON.stringify(found));
    });
  }

  test("variables of fragments are those of the operations that use them", () => {
    const fragment = "fragment F on Query { allTodoUsers(first: $n) { id } }";
    assert.deepEqual(told(`query($n: Int) { ...F } ${fragment}`), []);
    const found = told(`query($m: Int) { ...F } ${fragment}`).map(([part]) => part);
    assert.deepEqual(found, ["$m: Int", "$n"]);
  });

  test("a fragment that spreads itself is followed once", () => {
    assert.deepEqual(told("{ ...F } fragment F on Query { __typename ...F }"), []);
  });

  /** The name of a fragment and the place of an operation were put together: "f1" at 0 was "f10". */
  test("fragments whose names end in digits are followed", () => {
    const fragments = "fragment f10 on Query { __typename } fragment f1 on Query { todoUser(id: $v) { id } }";
    assert.deepEqual(told(`query Q($v: UUID!) { ...f10 ...f1 } ${fragments}`), []);
  });

  /** Forty thousand of them took seconds: each was compared with all before it. */
  test("many problems are found in a time that grows with the text alone", () => {
    const begun = performance.now();
    assert.equal(validate("! ".repeat(40_000), schema).length, 100);
    assert.ok(performance.now() - begun < 1_000, `${performance.now() - begun} ms`);
  });

  test("a deprecated field is a warning", () => {
    const types = [{ kind: "OBJECT", name: "Query", fields: [field("old")] }];
    function field(name) {
      const type = { kind: "SCALAR", name: "Int" };
      return { name, args: [], type, isDeprecated: true, deprecationReason: "Ask for new." };
    }
    const small = new Schema({ queryType: { name: "Query" }, types, directives: [] });
    const [{ severity, message }] = validate("{ old }", small);
    assert.equal(severity, "warning");
    assert.match(message, /Ask for new/);
  });

  test("the JSON of variables is held against what the operation declares", () => {
    const [operation] = parse("query($id: UUID!, $n: Int, $data: CreateTodoItemData) { x }").definitions;
    const told = (text) => {
      return validateVariables(text, operation, schema).map(({ start, end, message }) => [
        text.slice(start, end),
        message,
      ]);
    };
    assert.deepEqual(told('{"id": "a", "n": 3}'), []);
    assert.match(told("{}")[0][1], /Missing: "id"/);
    assert.match(told('{"id": "a", "nn": 3}')[0][1], /no variable "nn". Did you mean "n"/);
    assert.deepEqual(told('{"id": "a", "n": "b"}')[0][0], '"b"');
    assert.match(told('{"id": "a", "n": }')[0][1], /no JSON/);
    assert.match(told("[]")[0][1], /an object/);
    const data = '{"id": "a", "data": {"text": "t", "todoListId": "l", "status": "OPNE"}}';
    assert.match(told(data)[0][1], /Did you mean "OPEN"/);
  });

  test("headers are an object of texts", () => {
    assert.deepEqual(checkHeaders('{"a": "b"}'), []);
    assert.match(checkHeaders('{"a": 1}')[0].message, /a text/);
    assert.match(checkHeaders("[]")[0].message, /an object/);
    assert.deepEqual(readHeaders('{"a": "b"}'), { a: "b" });
    assert.deepEqual(readHeaders("{"), {});
    assert.deepEqual(readHeaders(""), {});
  });

  test("names that are a few letters away are proposed", () => {
    assert.deepEqual(nearest("nmae", ["name", "username", "id"]), ["name"]);
    assert.deepEqual(nearest("x", ["name", "id"]), []);
  });
});

describe("layout", () => {
  const pretty = `query Q($id: UUID!, $n: Int = 3) {
  # own line
  todoUser(id: $id) {
    ...F
    ... on TodoUser @include(if: true) {
      id
    }
    x: name # behind
    todoLists(first: $n, after: null) {
      id
    }
  }
}

fragment F on TodoUser {
  id
}

mutation {
  createTodoItem(
    data: {
      text: "a text that is long enough to take more than a line of its own"
      todoListId: "b"
      tags: ["a", $b, { c: 1 }]
    }
  ) {
    todoItem {
      id
    }
  }
}
`;
  test("what is laid out stays as it is", () => assert.equal(prettify(pretty), pretty));
  test("spaces and commas do not matter", () => {
    const squeezed = pretty
      .split("\n")
      .map((line) => line.trim())
      .join("\n")
      .replaceAll(": ", ":")
      .replaceAll(" {", "{");
    assert.equal(prettify(squeezed.replaceAll(",", " , ")), pretty);
  });
  test("tokens are the same before and after", () => {
    const solid = (text) =>
      tokenize(text)
        .filter(({ kind }) => kind !== "space")
        .map((token) => token.text);
    const text = '{a(b:[{c:"""x\n y"""}])@d,e}query($f:[Int!]!=[1,2]@g){h}#end';
    assert.deepEqual(solid(prettify(text)), solid(text));
  });
  test("what has a mistake in its brackets is left alone", () => {
    for (const text of ["{ a", "{ a(b: } )", '{ a(b: "c }', "{ § }"]) assert.equal(prettify(text), text);
  });
  test("JSON keeps every digit", () => {
    assert.equal(
      formatJson('{"a":12345678901234567890,"b":[1.50,{}]}'),
      '{\n  "a": 12345678901234567890,\n  "b": [\n    1.50,\n    {}\n  ]\n}',
    );
    assert.equal(
      formatJson('{"a":1,"b":{"c":2}}', (path) => path.join(".") === "b.c"),
      '{\n  "a": 1,\n  "b": {}\n}',
    );
    assert.equal(parseJson('{"a" 1}').problem.message, 'This is no JSON: expected ":".');
  });
});

describe("schema", () => {
  /** A list of lists that may not be null was cut off before its name, and the page did not open. */
  test("types are asked for and written through to their hearts", () => {
    const wrap = (reference, kind) => ({ kind, name: null, ofType: reference });
    const type = { kind: "SCALAR", name: "Int", ofType: null };
    const grid = ["NON_NULL", "LIST", "NON_NULL", "LIST", "NON_NULL"].reduce(wrap, type);
    assert.equal(written(grid), "[[Int!]!]!");
    assert.equal(new Schema({ types: [type], directives: [] }).named(grid), type);
    assert.match(INTROSPECTION, /(ofType \{ kind name ){8}ofType \{ kind name \}/);
  });
});

describe("example", () => {
  test("is of the schema, has nothing wrong with it, and goes two lists deep", () => {
    const text = example(schema);
    assert.deepEqual(validate(text, schema), []);
    assert.match(text, /allTodoUsers\(first: 5\) \{[^}]*todoLists\(first: 5\) \{/);
    assert.equal(prettify(text), text);
  });
  test("is something without one, too", () => assert.match(example(null), /__typename/));
});

describe("documentation", () => {
  test("opens at what the caret is in", () => {
    const page = (text) => pageAt(schema, ...caret(text));
    assert.deepEqual(page("{ allTodo|Users { id } }"), { type: "Query", field: "allTodoUsers" });
    assert.deepEqual(page("{ allTodoUsers { todoLists { na|me } } }"), { type: "TodoList", field: "name" });
    assert.deepEqual(page("{ allTodoUsers { ... on Todo|User { id } } }"), { type: "TodoUser" });
    assert.deepEqual(page("mutation { createTodoUser(data: {|}) { todoUser { id } } }"), {
      type: "CreateTodoUserData",
    });
    assert.deepEqual(page("{ id @inc|lude(if: true) }"), { directive: "include" });
    assert.equal(page("|"), null);
  });
});

describe("history", () => {
  const entry = (query, at = 1) => ({ query, variables: "", at });
  test("the same again moves to the front, and stays a favourite", () => {
    const entries = [
      { ...entry("{ a }"), favourite: false },
      { ...entry("{ b }"), favourite: true },
    ];
    const after = remembered(entries, entry("{ b }", 2));
    assert.deepEqual(
      after.map(({ query, favourite, at }) => [query, favourite, at]),
      [
        ["{ b }", true, 2],
        ["{ a }", false, 1],
      ],
    );
  });
  test("it is bounded, and favourites stay", () => {
    let entries = [{ ...entry("{ favourite }"), favourite: true }];
    for (let number = 0; number < 100; number += 1) entries = remembered(entries, entry(`{ a${number} }`));
    assert.equal(entries.length, 61);
    assert.ok(entries.some(({ query }) => query === "{ favourite }"));
    assert.equal(remembered(entries, entry("x".repeat(30_000))), entries);
  });
  test("entries are called by their operation", () => {
    assert.equal(titleOf("query Q { a }"), "Q");
    assert.equal(titleOf("{ a b: c }"), "a, c");
  });
});

describe("plan", () => {
  const read = (asked, sent, micros) => ({
    operation: "nodes",
    of: "",
    asked,
    sent,
    missing: 0,
    failed: 0,
    calls: 0,
    micros,
  });
  const stats = {
    rounds: [
      { statements: 2, reads: [read(1, 1, 300), read(1, 1, 500)] },
      { statements: 1, reads: [read(9, 4, 200)] },
    ],
    immediate: [],
    rules: [read(4, 4, 50)],
    asked_since: 2,
  };
  const plan = {
    operation: "query",
    shards: 1,
    rounds: [],
    fields: [
      {
        key: "u",
        step: { what: "by id", runsOver: "unary" },
        fields: [{ key: "id" }, { key: "l", fields: [{ key: "n" }] }],
      },
      { key: "w", when: "$a" },
    ],
  };
  test("rounds follow each other on one line", () => {
    const line = timeline(stats);
    assert.deepEqual(
      line.rounds.map(({ start, micros }) => [start, micros]),
      [
        [0, 500],
        [500, 200],
      ],
    );
    assert.equal(line.micros, 700);
    assert.equal(line.rounds[1].reads[0].deduplicated, 5);
  });
  test("sums", () => {
    assert.deepEqual(totals(stats), { rounds: 2, statements: 3, asked: 13, sent: 6, missing: 0, failed: 0 });
  });
  test("what costs nothing is gathered in its parent", () => {
    const flat = rows(plan).map(({ key, depth, plain, when }) => [key, depth, plain, when]);
    assert.deepEqual(flat, [
      ["u", 0, ["id"], undefined],
      ["l", 1, ["n"], undefined],
      ["w", 0, [], "$a"],
    ]);
  });
  test("what a server does not tell is not drawn", () => {
    assert.deepEqual(explained(undefined), { stats: null, plan: null });
    assert.deepEqual(explained({ plan: "text", stats: { rounds: 3 } }), { stats: null, plan: null });
    assert.deepEqual(explained({ plan, stats }), { stats, plan });
  });
  test("a field of the plan is found in the document, through aliases and fragments", () => {
    const text =
      "query A { x } query B { u: todoUser { ...F } } fragment F on TodoUser { ... on TodoUser { l { n } } ...F }";
    const { definitions } = parse(text);
    assert.equal(fieldAt(definitions, "B", ["u", "l", "n"]).start, text.indexOf("n } } ...F"));
    assert.equal(fieldAt(definitions, "B", ["u", "none"]), null);
    assert.equal(fieldAt(definitions, undefined, ["x"]).name.text, "x");
  });
});
