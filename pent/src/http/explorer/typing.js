// What the schema says of a place in a document: a context, carried from node to node.

/** What is known at a node.
 *  `parent` the type whose fields are selected here; `field` the field we are in, `owner` the type it belongs to;
 *  `inputs` the arguments or input fields that may be written here, `of` whose they are;
 *  `input` the argument or input field whose value this is, `type` the reference its value has to fit.
 *  @typedef {{ parent?: object, field?: object, owner?: object, inputs?: object[], of?: object, input?: object,
 *  type?: object }} Context */

/** The context inside a node.
 *  @returns {Context} */
export function inside(schema, context, node) {
  switch (node.kind) {
    case "operation":
      return { parent: schema.root(node.operation) };
    case "fragment":
    case "inline":
      return { parent: node.on ? schema.type(node.on.text) : context.parent };
    case "field": {
      const field = context.parent && schema.field(context.parent, node.name?.text);
      return { field, owner: context.parent, of: field, inputs: field?.args, parent: schema.named(field?.type) };
    }
    case "directive": {
      const directive = schema.directives.get(node.name?.text);
      return { ...context, of: directive, inputs: directive?.args };
    }
    case "argument":
    case "objectField": {
      const input = context.inputs?.find(({ name }) => name === node.name?.text);
      return { ...context, input, type: input?.type };
    }
    case "variableDefinition":
      return { type: node.type && referenceOf(schema, node.type) };
    case "list":
      return { ...context, type: itemOf(context.type) };
    case "object": {
      const type = schema.named(context.type);
      return { ...context, of: type, inputs: type?.inputFields ?? undefined };
    }
    default:
      return context;
  }
}

/** The context inside the last of some nodes, each within the one before. */
export function along(schema, nodes) {
  return nodes.reduce((context, node) => inside(schema, context, node), {});
}

/** A type that is written in a document, as introspection has it. */
export function referenceOf(schema, node) {
  if (node.kind === "nonNullType") return { kind: "NON_NULL", ofType: referenceOf(schema, node.of) };
  if (node.kind === "listType") return { kind: "LIST", ofType: referenceOf(schema, node.of) };
  const name = node.name?.text;
  return { kind: schema.type(name)?.kind, name };
}

export function nullable(reference) {
  return reference?.kind === "NON_NULL" ? reference.ofType : reference;
}

/** What the items of a list have to be. */
export function itemOf(reference) {
  const list = nullable(reference);
  return list?.kind === "LIST" ? list.ofType : undefined;
}
