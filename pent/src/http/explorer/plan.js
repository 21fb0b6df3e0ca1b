// What `extensions.graphscale` tells, as plain data to be drawn: see `plan_view.js`.

/** What a request was measured to do and planned to do; null for what the server does not tell.
 *  `stats` has rounds with reads; `plan` has rounds and fields. */
export function explained(extension) {
  const { stats, plan } = extension ?? {};
  return {
    stats: stats && Array.isArray(stats.rounds) ? stats : null,
    plan: plan && Array.isArray(plan.fields) ? plan : null,
  };
}

/** The rounds on one line of time, in microseconds. Rounds follow each other, and the reads of one leave together; what
 *  is spent between them, in rules and in custom code, is not measured round by round and left out. */
export function timeline(stats) {
  let start = 0;
  const rounds = stats.rounds.map(({ statements, reads }, at) => {
    const micros = Math.max(0, ...reads.map((read) => read.micros ?? 0));
    const round = { number: at + 1, statements, start, micros, reads: reads.map((read) => placed(read, start)) };
    start += micros;
    return round;
  });
  const beside = (reads) => (reads ?? []).map((read) => placed(read, 0));
  const [immediate, rules] = [beside(stats.immediate), beside(stats.rules)];
  const longest = Math.max(start, ...[...immediate, ...rules].map(({ micros }) => micros ?? 0));
  return { rounds, immediate, rules, micros: start, scale: Math.max(1, longest) };
}

function placed(read, start) {
  return { ...read, start, deduplicated: Math.max(0, read.asked - read.sent) };
}

/** The sums over all rounds. */
export function totals(stats) {
  const reads = [...stats.rounds.flatMap((round) => round.reads), ...(stats.immediate ?? [])];
  const sum = (items, number) => items.reduce((total, item) => total + number(item), 0);
  return {
    rounds: stats.rounds.length,
    statements: sum(stats.rounds, ({ statements }) => statements),
    asked: sum(reads, ({ asked }) => asked) + (stats.asked_since ?? 0),
    sent: sum(reads, ({ sent }) => sent),
    missing: sum(reads, ({ missing }) => missing),
    failed: sum(reads, ({ failed }) => failed),
  };
}

/** The fields of a plan, one after the other. Those that are just part of their parent, without a step, a condition
 *  or a selection, are gathered in its `plain`: they cost nothing, and there are many. */
export function rows(plan) {
  const gathered = [];
  const walk = (fields, depth, path) => {
    for (const field of fields) {
      if (isPlain(field)) continue;
      const own = [...path, field.key];
      const inner = field.fields ?? [];
      const plain = inner.filter(isPlain).map(({ key }) => key);
      gathered.push({ key: field.key, path: own, depth, step: field.step ?? null, when: field.when, plain });
      walk(inner, depth + 1, own);
    }
  };
  walk(plan.fields, 0, []);
  return gathered;
}

const isPlain = ({ step, when, fields }) => !step && !when && !fields?.length;

/** The place of a field in a document by the keys of the response that lead to it; null where it is not found. */
export function fieldAt(definitions, operationName, path) {
  const operations = definitions.filter(({ kind }) => kind === "operation");
  const operation = operations.find(({ name }) => name?.text === operationName) ?? operations[0];
  const fragments = new Map(
    definitions.filter(({ kind }) => kind === "fragment").map((node) => [node.name?.text, node]),
  );
  // A fragment that spreads itself would be followed for ever.
  const find = (node, [key, ...rest], seen) => {
    for (const selection of node?.selections ?? []) {
      if (selection.kind === "field") {
        if ((selection.alias ?? selection.name)?.text !== key) continue;
        const found = rest.length ? find(selection, rest, seen) : selection;
        if (found) return found;
      } else {
        const name = selection.kind === "spread" ? selection.name.text : null;
        if (name && seen.has(name)) continue;
        const found = find(
          name ? fragments.get(name) : selection,
          [key, ...rest],
          name ? new Set(seen).add(name) : seen,
        );
        if (found) return found;
      }
    }
    return null;
  };
  return find(operation, path, new Set());
}
