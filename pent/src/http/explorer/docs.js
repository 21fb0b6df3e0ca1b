// The documentation of a schema, page by page.

import { el } from "./dom.js";
import { isRequired, written, innermost } from "./schema.js";

/** How many finds of a search are listed. */
const FOUND_MAX = 60;

const KINDS = {
  OBJECT: "type",
  INTERFACE: "interface",
  UNION: "union",
  ENUM: "enum",
  INPUT_OBJECT: "input",
  SCALAR: "scalar",
};

/** A page is that of a type (`{ type }`), of a field (`{ type, field }`) or of a directive (`{ directive }`), by their
 *  names; the first page is null. */
export class Docs {
  constructor(root) {
    this.schema = null;
    this.pages = [null];
    this.search = el("input", {
      type: "search",
      placeholder: "Search types and fields",
      "aria-label": "Search the documentation",
      oninput: () => this.draw(),
    });
    this.back = el("button", { type: "button", class: "quiet", onclick: () => this.goBack() }, "← Back");
    this.page = el("div", { class: "docs-page", tabindex: "-1" });
    root.append(el("div", { class: "docs-head" }, this.back, this.search), this.page);
    this.draw();
  }

  /** Shows another schema, or why there is none. */
  show(schema, why) {
    this.schema = schema;
    this.why = why;
    this.draw();
  }

  open(page) {
    this.search.value = "";
    if (JSON.stringify(page) !== JSON.stringify(this.pages.at(-1))) this.pages.push(page);
    this.draw();
    this.page.scrollTop = 0;
    this.page.focus({ preventScroll: true });
  }

  goBack() {
    this.search.value = "";
    if (this.pages.length > 1) this.pages.pop();
    this.draw();
    this.page.focus({ preventScroll: true });
  }

  draw() {
    this.back.disabled = this.pages.length === 1 && !this.search.value;
    this.search.disabled = !this.schema;
    this.page.replaceChildren(...[this.content()].flat(Infinity).filter(Boolean));
  }

  content() {
    if (!this.schema) return el("p", { class: "muted" }, this.why ?? "The schema is being read.");
    const wanted = this.search.value.trim().toLowerCase();
    if (wanted) return this.found(wanted);
    const page = this.pages.at(-1);
    const type = this.schema.type(page?.type);
    const field = type && page.field && this.schema.field(type, page.field);
    if (field) return this.ofField(type, field);
    if (type) return this.ofType(type);
    const directive = this.schema.directives.get(page?.directive);
    return directive ? this.ofDirective(directive) : this.first();
  }

  first() {
    const roots = Object.entries(this.schema.roots).filter(([, name]) => name);
    const types = [...this.schema.types.values()].filter(({ name }) => !name.startsWith("__"));
    const rest = types.filter(({ name }) => !roots.some(([, root]) => root === name));
    rest.sort((one, other) => one.name.localeCompare(other.name));
    return [
      el("h2", {}, "Schema"),
      described(this.schema),
      section(
        "Operations",
        roots.map(([kind, name]) => entry([`${kind}: `, this.link(name)])),
      ),
      Object.entries(KINDS).map(([kind, word]) => {
        const named = rest.filter((type) => type.kind === kind);
        return section(
          `${capitalised(word)}s`,
          named.map((type) => entry([this.link(type.name)], type, true)),
        );
      }),
      section(
        "Directives",
        [...this.schema.directives.values()].map((each) => entry([this.directiveLink(each)], each, true)),
      ),
    ];
  }

  ofType(type) {
    const names = (list) => (list ?? []).map(({ name }) => entry([this.link(name)]));
    const values = (type.enumValues ?? []).map((value) => entry([el("code", { class: "t-enum" }, value.name)], value));
    return [
      el("h2", {}, el("span", { class: "t-keyword" }, KINDS[type.kind]), " ", type.name),
      described(type),
      type.isOneOf && el("p", {}, "Exactly one of its fields has to be given."),
      type.specifiedByURL && el("p", { class: "muted" }, "Specified by ", el("code", {}, type.specifiedByURL)),
      section("Implements", type.kind === "OBJECT" || type.kind === "INTERFACE" ? names(type.interfaces) : []),
      section(
        "Fields",
        (type.fields ?? []).map((field) => entry(this.signature(type, field), field)),
      ),
      section(
        "Fields",
        (type.inputFields ?? []).map((input) => entry(this.input(input), input)),
      ),
      section("Values", values),
      section(type.kind === "UNION" ? "One of" : "Implemented by", names(type.possibleTypes)),
      section("Returned by", this.returning(type)),
    ];
  }

  ofField(type, field) {
    return [
      el("h2", {}, this.link(type.name), ".", el("span", { class: "t-field" }, field.name)),
      el("p", { class: "docs-type" }, this.reference(field.type)),
      described(field),
      section(
        "Arguments",
        field.args.map((input) => entry(this.input(input), input)),
      ),
    ];
  }

  ofDirective(directive) {
    return [
      el("h2", {}, `@${directive.name}`),
      described(directive),
      section(
        "Arguments",
        directive.args.map((input) => entry(this.input(input), input)),
      ),
      section(
        "Locations",
        directive.locations.map((name) => entry([name.toLowerCase().replaceAll("_", " ")])),
      ),
    ];
  }

  /** The fields that a type is reached by: how to ask for it is what one wants to know of it. */
  returning(type) {
    const own = [...this.schema.types.values()].filter(({ name, fields }) => fields && !name.startsWith("__"));
    const reached = own.flatMap((owner) => {
      const fields = owner.fields.filter((field) => innermost(field.type).name === type.name);
      return fields.map((field) => entry([owner.name, ".", this.fieldLink(owner, field)]));
    });
    return type.kind === "SCALAR" ? [] : reached;
  }

  found(wanted) {
    const finds = [];
    const matches = (name) => name.toLowerCase().includes(wanted);
    for (const type of this.schema.types.values()) {
      if (type.name.startsWith("__")) continue;
      if (matches(type.name)) finds.push([type.name, entry([this.link(type.name)], type, true)]);
      for (const field of type.fields ?? []) {
        const isHit =
          matches(field.name) || matches(`${type.name}.${field.name}`) || field.args.some((a) => matches(a.name));
        const link = this.fieldLink(type, field);
        if (isHit) finds.push([field.name, entry([type.name, ".", link], field, true)]);
      }
      for (const input of type.inputFields ?? []) {
        if (matches(input.name)) finds.push([input.name, entry([this.link(type.name), ".", input.name], input, true)]);
      }
      for (const value of type.enumValues ?? []) {
        if (matches(value.name)) finds.push([value.name, entry([this.link(type.name), ".", value.name], value, true)]);
      }
    }
    // Who types a whole name wants that first.
    const rank = ([name]) => (name.toLowerCase() === wanted ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : 2);
    finds.sort((one, other) => rank(one) - rank(other));
    const entries = finds.slice(0, FOUND_MAX).map(([, found]) => found);
    return entries.length
      ? section("Found", entries)
      : el("p", { class: "muted" }, "Nothing of the schema has this name.");
  }

  signature(type, field) {
    const inputs = field.args.flatMap((input, at) => [at ? ", " : "", ...this.input(input)]);
    const list = inputs.length ? ["(", ...inputs, ")"] : [];
    return [this.fieldLink(type, field), ...list, ": ", this.reference(field.type)];
  }

  input(input) {
    const name = el("span", { class: `t-argument${isRequired(input) ? " needed" : ""}` }, input.name);
    const value = input.defaultValue == null ? [] : [" = ", el("span", { class: "t-number" }, input.defaultValue)];
    return [name, ": ", this.reference(input.type), ...value];
  }

  reference(reference) {
    const { name } = innermost(reference);
    const [before, after] = written(reference).split(name);
    return el("span", { class: "reference" }, before, this.link(name), after);
  }

  link(name) {
    return link(name, "t-type", () => this.open({ type: name }));
  }

  fieldLink(type, field) {
    return link(field.name, "t-field", () => this.open({ type: type.name, field: field.name }));
  }

  directiveLink({ name }) {
    return link(`@${name}`, "t-directive", () => this.open({ directive: name }));
  }
}

function link(text, kind, onclick) {
  return el("button", { type: "button", class: `link ${kind}`, onclick }, text);
}

function section(title, entries) {
  if (entries.length === 0) return null;
  return el(
    "section",
    {},
    el("h3", {}, title, el("span", { class: "count" }, String(entries.length))),
    el("ul", {}, entries),
  );
}

function entry(head, item = {}, brief = false) {
  const line = el("div", { class: `docs-entry${item.isDeprecated ? " deprecated" : ""}` }, head);
  return el("li", { class: brief && "brief" }, line, described(item));
}

function described({ description, isDeprecated, deprecationReason }) {
  return [
    description && el("p", { class: "docs-text" }, inCode(description)),
    isDeprecated && el("p", { class: "docs-deprecated" }, el("strong", {}, "Deprecated. "), deprecationReason ?? ""),
  ].filter(Boolean);
}

/** Text with what stands between backticks as code. */
function inCode(text) {
  return text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));
}

const capitalised = (word) => word[0].toUpperCase() + word.slice(1);
