// Which page of the documentation belongs to a place of a document.

import { parse } from "./parser.js";
import { innermost } from "./schema.js";
import { inside } from "./typing.js";
import { children } from "./validate.js";

/** The page of the field, argument, type or directive that an offset is in; null where there is none. */
export function pageAt(schema, text, offset) {
  const { definitions } = parse(text);
  return nodePage(schema, definitions, {}, offset, null);
}

function nodePage(schema, nodes, context, offset, outer) {
  const node = nodes.find(({ start, end }) => start <= offset && offset <= end);
  if (!node) return outer;
  const within = inside(schema, context, node);
  const page = pageOf(within, node, offset) ?? outer;
  return nodePage(schema, children(node), within, offset, page);
}

function pageOf({ field, owner, parent, input, of, type }, node, offset) {
  switch (node.kind) {
    case "field":
      return field && { type: owner.name, field: field.name };
    case "operation":
      return parent && { type: parent.name };
    case "fragment":
    case "inline":
      return parent && { type: parent.name };
    case "directive":
      return of && { directive: of.name };
    case "variableDefinition":
      return type?.name || type?.ofType ? { type: innermost(type).name } : null;
    case "argument":
    case "objectField": {
      // On the name of an argument the field that takes it is asked for, behind it what can be written.
      const isName = node.name && offset <= node.name.end;
      return !isName && input && !BUILT_IN.has(innermost(input.type).name)
        ? { type: innermost(input.type).name }
        : null;
    }
    default:
      return null;
  }
}

const BUILT_IN = new Set(["Int", "Float", "String", "Boolean", "ID"]);
