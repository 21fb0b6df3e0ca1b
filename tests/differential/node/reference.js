// Answers documents by graphql-js: one world per line on standard input, its answers on one line of standard output.
//
// A world is a schema in SDL with the values of its fields, as tests/differential/world says them. Everything here is
// synchronous, so that fields are resolved one after the other, in the order of the document.

import { createInterface } from 'node:readline';
import { buildSchema, execute, GraphQLError, isAbstractType, parse, specifiedRules, validate, version } from 'graphql';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** As many entities as one page may have (kvetch: PAGE_ROWS_MAX). */
const PAGE_ROWS_MAX = 10000;
/** As many as one has where nobody says how many (pent: Page::default). */
const PAGE_ROWS = 100;

/** The rules of the specification: how deep introspection may go is graphql-js's own. */
const RULES = specifiedRules.filter((rule) => rule.name !== 'MaxIntrospectionDepthRule');

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
process.stdout.write(JSON.stringify({ graphql: version, node: process.version }) + '\n');
lines.on('line', (line) => {
  const { sdl, world, documents } = JSON.parse(line);
  let answers;
  try {
    const schema = readySchema(sdl);
    const state = new State(schema, world);
    answers = documents.map((document) => answer(schema, state, document));
  } catch (error) {
    answers = { broken: String(error.stack ?? error) };
  }
  process.stdout.write(JSON.stringify(answers) + '\n');
});

function readySchema(sdl) {
  const schema = buildSchema(sdl);
  const uuid = schema.getType('UUID');
  if (uuid !== undefined) {
    uuid.serialize = (value) => {
      if (typeof value !== 'string' || !UUID.test(value)) throw new GraphQLError('not a UUID');
      return value;
    };
    uuid.parseValue = (value) => uuid.serialize(value).toLowerCase();
    uuid.parseLiteral = (node) => {
      if (node.kind !== 'StringValue') throw new GraphQLError('not a UUID');
      return uuid.parseValue(node.value);
    };
  }
  return schema;
}

/** What one document comes to: `invalid`, or `data` and `errors` as an executed response has them. */
function answer(schema, state, { query, operationName, variables }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return { invalid: `syntax: ${error.message}` };
  }
  const invalid = validate(schema, document, RULES);
  if (invalid.length > 0) return { invalid: invalid.map((error) => error.message).join('; ') };
  const result = execute({
    schema,
    document,
    operationName,
    variableValues: JSON.parse(variables),
    fieldResolver: (source, args, _, info) => state.resolve(source, args, info),
    typeResolver: (value) => state.typeOf(value),
  });
  if (typeof result.then === 'function') throw new Error('graphql-js answered later');
  const errors = (result.errors ?? []).map((error) => entry(error, query));
  return 'data' in result ? { data: JSON.stringify(result.data), errors } : { errors };
}

function entry(error, query) {
  // What is wrong with an argument stands at the value there, which the specification leaves open.
  const isOfField = (error.nodes ?? []).every((node) => node.kind === 'Field');
  const locations = (error.locations ?? []).map((location) => inCharacters(location, query));
  return { path: error.path ?? null, isOfField, locations };
}

/** graphql-js counts columns in units of UTF-16. */
function inCharacters({ line, column }, query) {
  const text = query.split(/\r\n|[\n\r]/g)[line - 1];
  return { line, column: [...text.slice(0, column - 1)].length + 1 };
}

/** The values of a world. Mutations change them. */
class State {
  constructor(schema, world) {
    this.schema = schema;
    this.fields = world.fields;
    this.nodes = new Map(world.nodes.map((node) => [node.id, node]));
    this.calls = 0;
  }

  typeOf(value) {
    return value.type;
  }

  resolve(source, args, info) {
    const field = this.fields[`${info.parentType.name}.${info.fieldName}`];
    switch (field.kind) {
      case 'id':
        return source.id;
      case 'stored':
        return this.output(source.props[field.key]);
      case 'plain':
        return this.output(source.values[field.position]);
      case 'reference':
        return this.node(source.props[field.key], field.type);
      case 'edge':
        return this.page(field.type, args, (node) => node.props[field.key] === source.id);
      case 'browse':
        return this.page(field.type, args, () => true);
      case 'read':
        return this.node(args.id, field.type);
      case 'update':
        return this.update(args, field);
      case 'echo':
        return canonical(args) + (source?.id ?? '');
      case 'count':
        this.calls += 1;
        return `${this.calls} ${canonical(args)}`;
      case 'pick':
        return this.output(field.choices[hash(canonical(args) + (source?.id ?? '')) % field.choices.length]);
      default:
        throw new Error(`a field of the unknown kind ${field.kind}`);
    }
  }

  /** A value as graphql-js takes it: an Error stands for whatever is wrong at its place. */
  output(value) {
    if (Array.isArray(value)) return value.map((item) => this.output(item));
    if (value === null || typeof value !== 'object') return value ?? null;
    if ('wrong' in value) return new Error(value.wrong);
    if ('node' in value) return this.nodes.get(value.node);
    return value;
  }

  node(id, type) {
    if (id === null || id === undefined) return null;
    const node = this.nodes.get(id);
    if (node === undefined) return null;
    if (!this.isOf(node.type, type)) throw new Error('an entity of another type');
    return node;
  }

  isOf(name, type) {
    const wanted = this.schema.getType(type);
    if (name === type || !isAbstractType(wanted)) return name === type;
    return this.schema.isSubType(wanted, this.schema.getType(name));
  }

  page(type, args, belongs) {
    const first = args.first ?? PAGE_ROWS;
    if (first < 0 || first > PAGE_ROWS_MAX) throw new Error('no such page');
    const nodes = [...this.nodes.values()].filter((node) => node.type === type && belongs(node));
    return nodes.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, first);
  }

  update({ id, data }, { type, keys, required }) {
    for (const name of Object.keys(data)) {
      if (data[name] === null && required.includes(keys[name])) throw new Error('it cannot be cleared');
    }
    const node = this.node(id, type);
    if (node === null) throw new Error('there is nothing to update');
    for (const name of Object.keys(data)) node.props[keys[name]] = data[name];
    return { type: null, values: [{ node: id }, id] };
  }
}

/** Coerced input as text, the same as tests/differential/canonical.rs writes it. */
function canonical(value) {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return bits(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  return `{${Object.keys(value).map((key) => `${key}:${canonical(value[key])}`).join()}}`;
}

function bits(number) {
  const view = new DataView(new ArrayBuffer(8));
  // Zero has no sign here.
  view.setFloat64(0, number === 0 ? 0 : number);
  return view.getBigUint64(0).toString(16);
}

/** FNV-1a over UTF-8. */
function hash(text) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
