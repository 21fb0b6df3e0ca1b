// What a server says of its schema, made ready to be asked.

/** As deep as other tools ask for: `[[T!]!]!` has six of them, and one that is cut off has no name. */
const REFERENCE_DEPTH = 9;
const TYPE_REFERENCE = `kind name${" ofType { kind name".repeat(REFERENCE_DEPTH)}${" }".repeat(REFERENCE_DEPTH)}`;
const INPUT = `name description defaultValue isDeprecated deprecationReason type { ${TYPE_REFERENCE} }`;

/** The question that a [Schema] is made of. */
export const INTROSPECTION = `query Introspection {
  __schema {
    description
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ${INPUT} }
        type { ${TYPE_REFERENCE} }
      }
      inputFields(includeDeprecated: true) { ${INPUT} }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
    directives { name description locations isRepeatable args(includeDeprecated: true) { ${INPUT} } }
  }
}`;

const named = (kind, name) => ({ kind, name });
const required = (ofType) => ({ kind: "NON_NULL", ofType });

// The fields that every server has and no schema tells of.
const TYPENAME = {
  name: "__typename",
  description: "The name of the object's type.",
  args: [],
  type: required(named("SCALAR", "String")),
};
const ROOT_FIELDS = [
  { name: "__schema", description: "The schema itself.", args: [], type: required(named("OBJECT", "__Schema")) },
  {
    name: "__type",
    description: "A type of the schema by its name.",
    args: [{ name: "name", type: required(named("SCALAR", "String")), defaultValue: null }],
    type: named("OBJECT", "__Type"),
  },
];

export class Schema {
  /** From the `__schema` of an answer to [INTROSPECTION]. */
  constructor(introspected) {
    this.description = introspected.description;
    this.types = new Map(introspected.types.map((type) => [type.name, type]));
    this.directives = new Map(introspected.directives.map((directive) => [directive.name, directive]));
    this.roots = {
      query: introspected.queryType?.name,
      mutation: introspected.mutationType?.name,
      subscription: introspected.subscriptionType?.name,
    };
  }

  /** A type by its name, undefined where there is none. */
  type(name) {
    return this.types.get(name);
  }

  /** The type at the heart of a reference, without lists and exclamation marks. */
  named(reference) {
    return reference && this.type(innermost(reference).name);
  }

  /** The type whose fields an operation selects. */
  root(operation) {
    return this.type(this.roots[operation]);
  }

  /** The fields that can be selected of a type. */
  fields(type) {
    if (!isComposite(type)) return [];
    const roots = type.name === this.roots.query ? ROOT_FIELDS : [];
    return [...(type.fields ?? []), TYPENAME, ...roots];
  }

  field(type, name) {
    return this.fields(type).find((field) => field.name === name);
  }

  /** The names of the objects that a type may be. */
  objects(type) {
    return new Set(type.kind === "OBJECT" ? [type.name] : (type.possibleTypes ?? []).map(({ name }) => name));
  }

  /** The types a fragment may be on within `parent`, all where that is unknown. */
  conditions(parent) {
    const composites = [...this.types.values()].filter((type) => isComposite(type) && !type.name.startsWith("__"));
    return parent ? composites.filter((type) => this.overlap(type, parent)) : composites;
  }

  /** Whether an object can be of both types. */
  overlap(one, other) {
    const objects = this.objects(one);
    return [...this.objects(other)].some((name) => objects.has(name));
  }
}

export function innermost(reference) {
  return reference.ofType ? innermost(reference.ofType) : reference;
}

/** A reference as it is written: `[TodoItem!]!`. */
export function written(reference) {
  if (reference.kind === "NON_NULL") return `${written(reference.ofType)}!`;
  return reference.kind === "LIST" ? `[${written(reference.ofType)}]` : reference.name;
}

export const isRequired = (input) => input.type.kind === "NON_NULL" && input.defaultValue == null;
export const isComposite = (type) => ["OBJECT", "INTERFACE", "UNION"].includes(type?.kind);
export const isInput = (type) => ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(type?.kind);
