// What the schema says against a document, at its place. The server has the last word: what is found here is what a
// person who writes wants to hear at once.

import { parse } from "./parser.js";
import { isComposite, isInput, isRequired, written } from "./schema.js";
import { didYouMean } from "./suggest.js";
import { inside, itemOf, nullable, referenceOf } from "./typing.js";

/** How many problems are told; behind a forgotten brace there can be thousands, and none of them matters. */
const PROBLEMS_MAX = 100;

/** The problems of a document, in the order of the text. Without a schema only its grammar is checked.
 *  @returns {{ start: number, end: number, message: string, severity: "error" | "warning" }[]} */
export function validate(text, schema) {
  const { definitions, problems } = parse(text);
  const checked = new Check(schema, definitions);
  problems.forEach(({ start, end, message }) => checked.error({ start, end }, capitalised(message)));
  // A tree that is half understood is checked all the same: fields before a mistake are as wrong as they were.
  if (schema) checked.document();
  checked.found.sort((one, other) => one.start - other.start);
  return checked.found.slice(0, PROBLEMS_MAX);
}

class Check {
  constructor(schema, definitions) {
    this.schema = schema;
    this.definitions = definitions;
    this.fragments = new Map();
    this.found = [];
    // Where there are errors.
    this.wrong = new Set();
    for (const node of definitions) {
      if (node.kind === "fragment" && node.name) this.fragments.set(node.name.text, node);
    }
  }

  error(place, message) {
    this.tell(place, message, "error");
  }

  warning(place, message) {
    this.tell(place, message, "warning");
  }

  tell({ start, end }, message, severity) {
    if (this.wrong.has(start)) return;
    if (severity === "error") this.wrong.add(start);
    this.found.push({ start, end: Math.max(end, start + 1), message, severity });
  }

  document() {
    this.names();
    const spread = new Set();
    for (const definition of this.definitions) {
      if (definition.kind === "operation") this.operation(definition, spread);
      else this.fragment(definition, spread);
    }
    for (const [name, { name: place }] of this.fragments) {
      if (!spread.has(name)) this.error(place, `Fragment "${name}" is not used.`);
    }
  }

  names() {
    const operations = this.definitions.filter(({ kind }) => kind === "operation");
    for (const kind of ["operation", "fragment"]) {
      const seen = new Set();
      for (const { name } of this.definitions.filter((definition) => definition.kind === kind && definition.name)) {
        if (seen.has(name.text)) this.error(name, `There is another ${kind} named "${name.text}".`);
        seen.add(name.text);
      }
    }
    for (const { name, keyword, start } of operations) {
      const place = keyword ?? { start, end: start + 1 };
      if (!name && operations.length > 1) this.error(place, "One of several operations needs a name.");
    }
  }

  operation(node, spread) {
    const context = inside(this.schema, {}, node);
    const place = node.keyword ?? { start: node.start, end: node.start + 1 };
    if (!context.parent) return this.error(place, `The schema has no type for a ${node.operation}.`);
    const variables = this.variables(node);
    this.directives(node, {}, variables, node.operation.toUpperCase());
    this.selections(node, context, variables);
    this.follow(node, variables, spread);
    for (const [name, variable] of variables) {
      if (!variable.used) this.error(variable.node, `Variable "$${name}" is not used.`);
    }
  }

  /** What an operation declares, by name, each with its type as introspection has it. */
  variables(node) {
    const variables = new Map();
    for (const definition of node.variables) {
      if (!definition.name || !definition.type) continue;
      const { name } = definition;
      if (variables.has(name.text)) this.error(name, `There is another variable "$${name.text}".`);
      const reference = referenceOf(this.schema, definition.type);
      const named = this.schema.named(reference);
      if (!named) this.unknownType(nameOf(definition.type), isInput);
      else if (!isInput(named)) this.error(definition.type, `"${named.name}" is no type of input.`);
      if (definition.value && named) this.value(definition.value, reference, new Map());
      variables.set(name.text, { node: definition, reference, used: false });
    }
    return variables;
  }

  fragment(node) {
    const context = inside(this.schema, {}, node);
    if (node.on) this.condition(node.on, undefined);
    this.directives(node, {}, null, "FRAGMENT_DEFINITION");
    // Which variables there are is for the operations to say that use it: see `follow`.
    if (context.parent) this.selections(node, context, null);
  }

  /** Marks what an operation uses by way of fragments, and reports variables there that it does not declare. */
  follow(node, variables, spread) {
    // A fragment may spread itself, which the server refuses.
    const followed = new Set();
    const walk = (inner) => {
      if (inner.kind === "variable" && inner.name) {
        const known = variables.get(inner.name.text);
        if (known) known.used = true;
        else this.undeclared(inner, variables);
      }
      if (inner.kind === "spread" && !followed.has(inner.name.text)) {
        followed.add(inner.name.text);
        spread.add(inner.name.text);
        const fragment = this.fragments.get(inner.name.text);
        if (fragment) children(fragment).forEach(walk);
      }
      children(inner).forEach(walk);
    };
    children(node).forEach(walk);
  }

  undeclared(node, variables) {
    const hint = didYouMean(node.name.text, variables.keys());
    this.error(node, `Variable "$${node.name.text}" is not declared by the operation.${hint}`);
  }

  selections(node, context, variables) {
    for (const selection of node.selections ?? []) {
      if (selection.kind === "field") this.field(selection, context, variables);
      else this.spread(selection, context, variables);
    }
  }

  field(node, context, variables) {
    if (!node.name) return;
    const inner = inside(this.schema, context, node);
    if (!inner.field) return this.unknownField(node.name, context.parent);
    const { field } = inner;
    if (field.isDeprecated) this.warning(node.name, `"${field.name}" is deprecated. ${field.deprecationReason ?? ""}`);
    this.inputs(node.arguments, node.name, inner, variables, "Argument", `field "${field.name}"`);
    this.directives(node, inner, variables, "FIELD");
    this.leaf(node, inner);
    this.selections(node, inner, variables);
  }

  /** Objects need a selection, all else must have none. */
  leaf(node, { field, parent }) {
    const type = written(field.type);
    if (isComposite(parent) && !node.selections?.length) {
      this.error(node.name, `"${field.name}" is of type "${type}": select some of its fields.`);
    } else if (parent && !isComposite(parent) && node.selections) {
      this.error(node.name, `"${field.name}" is of type "${type}", which has no fields to select.`);
    }
  }

  unknownField(name, type) {
    // Below a field without fields the field itself is the mistake.
    if (!isComposite(type)) return;
    const names = this.schema.fields(type).map((field) => field.name);
    this.error(name, `Type "${type.name}" has no field "${name.text}".${didYouMean(name.text, names)}`);
  }

  spread(node, context, variables) {
    if (node.kind === "spread") {
      this.directives(node, context, variables, "FRAGMENT_SPREAD");
      const fragment = this.fragments.get(node.name.text);
      if (!fragment) {
        const hint = didYouMean(node.name.text, this.fragments.keys());
        return this.error(node.name, `There is no fragment "${node.name.text}".${hint}`);
      }
      return fragment.on && this.reachable(node.name, this.schema.type(fragment.on.text), context.parent);
    }
    this.directives(node, context, variables, "INLINE_FRAGMENT");
    const inner = inside(this.schema, context, node);
    if (node.on && !this.condition(node.on, context.parent)) return undefined;
    return inner.parent && this.selections(node, inner, variables);
  }

  /** Whether a type condition names a type that has fields. */
  condition(name, parent) {
    const type = this.schema.type(name.text);
    if (!type) this.unknownType(name, isComposite);
    else if (!isComposite(type)) this.error(name, `"${type.name}" has no fields: a fragment cannot be on it.`);
    else this.reachable(name, type, parent);
    return isComposite(type);
  }

  reachable(place, type, parent) {
    if (!type || !parent || !isComposite(type) || this.schema.overlap(type, parent)) return;
    this.error(place, `An object of type "${parent.name}" can never be of type "${type.name}".`);
  }

  unknownType(name, fits) {
    if (!name) return;
    const names = [...this.schema.types.values()].filter(fits).map((type) => type.name);
    this.error(name, `There is no type "${name.text}".${didYouMean(name.text, names)}`);
  }

  directives(node, context, variables, location) {
    for (const directive of node.directives.filter(({ name }) => name)) {
      const name = directive.name.text;
      const known = this.schema.directives.get(name);
      if (!known) {
        const hint = didYouMean(name, this.schema.directives.keys());
        this.error(directive.name, `There is no directive "@${name}".${hint}`);
        continue;
      }
      const inner = inside(this.schema, context, directive);
      if (!known.locations.includes(location)) this.error(directive, `"@${name}" cannot stand here.`);
      this.inputs(directive.arguments, directive.name, inner, variables, "Argument", `directive "@${name}"`);
    }
  }

  /** Arguments, or the fields of an input object: those that are written, and those that are missing. */
  inputs(nodes, place, context, variables, what, whose) {
    const seen = new Set();
    for (const node of nodes.filter(({ name }) => name)) {
      const name = node.name.text;
      const { input } = inside(this.schema, context, node);
      if (seen.has(name)) this.error(node.name, `${what} "${name}" is written twice.`);
      seen.add(name);
      if (!input) {
        const hint = didYouMean(
          name,
          (context.inputs ?? []).map((known) => known.name),
        );
        this.error(node.name, `${what} "${name}" is unknown to ${whose}.${hint}`);
        continue;
      }
      if (input.isDeprecated) this.warning(node.name, `"${name}" is deprecated. ${input.deprecationReason ?? ""}`);
      if (node.value) this.value(node.value, input.type, variables, input.defaultValue != null);
    }
    const missing = (context.inputs ?? []).filter((input) => isRequired(input) && !seen.has(input.name));
    if (missing.length === 0) return;
    const names = missing.map((input) => `"${input.name}: ${written(input.type)}"`).join(", ");
    this.error(place, `${whose[0].toUpperCase()}${whose.slice(1)} needs ${names}.`);
  }

  /** A value against the type it has to fit. `variables` is null in fragments, where nothing is known of them. */
  value(node, reference, variables, hasDefault = false) {
    if (node.kind === "broken") return;
    if (node.kind === "variable") return void this.variable(node, reference, variables, hasDefault);
    if (node.kind === "null") {
      if (reference.kind === "NON_NULL") this.error(node, `"${written(reference)}" cannot be null.`);
      return;
    }
    const item = itemOf(reference);
    if (node.kind === "list" && item) return void node.items.forEach((inner) => this.value(inner, item, variables));
    // One value stands for a list of it.
    if (item) return void this.value(node, item, variables);
    const type = this.schema.named(reference);
    if (type?.kind === "ENUM") this.enumValue(node, type);
    else if (type?.kind === "INPUT_OBJECT") this.inputObject(node, reference, type, variables);
    else if (type) this.scalar(node, type);
  }

  variable(node, reference, variables, hasDefault) {
    const known = variables?.get(node.name?.text);
    if (!known || !this.schema.named(known.reference)) return;
    const filled = hasDefault || (known.node.value && known.node.value.kind !== "null");
    const wanted = filled ? nullable(reference) : reference;
    if (fits(known.reference, wanted)) return;
    const types = `"${written(known.reference)}" where "${written(reference)}" is expected`;
    this.error(node, `Variable "$${node.name.text}" is of type ${types}.`);
  }

  enumValue(node, type) {
    const names = type.enumValues.map(({ name }) => name);
    if (node.kind !== "enum") {
      const written = node.kind === "string" ? node.text.slice(1, -1) : "";
      const hint = names.includes(written) ? ` Write ${written} without quotes.` : "";
      return this.error(node, `Expected a value of "${type.name}".${hint}`);
    }
    const value = type.enumValues.find(({ name }) => name === node.text);
    if (!value) return this.error(node, `"${type.name}" has no value "${node.text}".${didYouMean(node.text, names)}`);
    if (value.isDeprecated) this.warning(node, `"${value.name}" is deprecated. ${value.deprecationReason ?? ""}`);
    return undefined;
  }

  inputObject(node, reference, type, variables) {
    if (node.kind !== "object") return this.error(node, `Expected an object of type "${type.name}".`);
    const context = inside(this.schema, { type: reference }, node);
    const brace = { start: node.start, end: node.start + 1 };
    this.inputs(node.fields, brace, context, variables, "Field", `input "${type.name}"`);
    if (type.isOneOf && node.fields.length !== 1) this.error(brace, `"${type.name}" takes exactly one of its fields.`);
    return undefined;
  }

  scalar(node, type) {
    const allowed = SCALARS[type.name];
    if (node.kind === "enum" && allowed) return this.error(node, `Expected ${allowed.words}, not a bare name.`);
    if (allowed && !allowed.kinds.includes(node.kind)) this.error(node, `Expected ${allowed.words} ("${type.name}").`);
    return undefined;
  }
}

/** What may be written for the scalars of the language. What others take is for the server to say. */
const SCALARS = {
  Int: { kinds: ["int"], words: "a whole number" },
  Float: { kinds: ["int", "float"], words: "a number" },
  String: { kinds: ["string"], words: "a string" },
  Boolean: { kinds: ["boolean"], words: "true or false" },
  ID: { kinds: ["string", "int"], words: "a string or a whole number" },
};

/** Whether every value of one type is one of another. */
function fits(reference, wanted) {
  if (wanted.kind === "NON_NULL") return reference.kind === "NON_NULL" && fits(reference.ofType, wanted.ofType);
  if (reference.kind === "NON_NULL") return fits(reference.ofType, wanted);
  if (wanted.kind === "LIST") return reference.kind === "LIST" && fits(reference.ofType, wanted.ofType);
  return reference.kind !== "LIST" && reference.name === wanted.name;
}

function nameOf(type) {
  return type.kind === "namedType" ? type.name : nameOf(type.of);
}

/** The nodes right inside another. */
export function children(node) {
  const { variables, directives, selections, arguments: inputs, items, fields, value } = node;
  return [variables, directives, inputs, items, fields, selections, value].flat().filter(Boolean);
}

const capitalised = (message) => `${message[0].toUpperCase()}${message.slice(1)}.`;
