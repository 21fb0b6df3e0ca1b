// The answer of the server: its state, its errors, its text.

import { counted, el, size } from "./dom.js";
import { formatJson, tokenizeJson } from "./json.js";
import { longText } from "./long_text.js";

/** Errors that are listed above the text; all are in it. */
const LISTED_MAX = 20;

/** The members of an answer that the plan shows, and shows better. */
const isOfPlan = (path) => path.join(".") === "extensions.graphscale";

export class ResponsePane {
  /** Shows answers in elements; `locate` is called with the line and the column of an error. */
  constructor({ body, state, errors }, locate) {
    Object.assign(this, { body, state, errors, locate });
    this.text = "";
  }

  wait() {
    this.state.textContent = "Running …";
    this.body.classList.add("waiting");
  }

  show({ status, failure, text, json, milliseconds, bytes }) {
    this.body.classList.remove("waiting");
    const failed = failure || status >= 400 || json?.errors?.length;
    const verdict = status ? [status, failure ? "" : failed ? "with errors" : "OK"].join(" ") : "Failed";
    this.state.replaceChildren(
      el("span", { class: `status ${failed ? "bad" : "good"}` }, verdict),
      el("span", {}, milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`),
      el("span", {}, size(bytes)),
    );
    this.text = json ? formatJson(text, omitted(json)) : text;
    this.body.replaceChildren(longText(this.text, json ? coloured : undefined));
    this.body.scrollTop = 0;
    this.listErrors(failure ? [{ message: failure }] : (json.errors ?? []));
  }

  listErrors(errors) {
    const items = errors.slice(0, LISTED_MAX).map((error) => this.error(error));
    const more = errors.length - items.length;
    if (more > 0) items.push(el("li", { class: "muted" }, `and ${counted(more, "more error")} below`));
    this.errors.replaceChildren(...items);
    this.errors.hidden = items.length === 0;
  }

  error({ message, locations, path, extensions }) {
    const places = (Array.isArray(locations) ? locations : []).map(({ line, column }) => {
      const label = `${line}:${column}`;
      const onclick = () => this.locate(line, column);
      return el(
        "button",
        { type: "button", class: "place", onclick, "aria-label": `Show line ${line}, column ${column}` },
        label,
      );
    });
    const codes = [path?.join("."), extensions?.code, extensions?.requestId].filter(Boolean);
    const beside = el(
      "span",
      { class: "error-codes" },
      codes.map((code) => el("code", {}, code)),
    );
    const text = el("span", { class: "error-text" }, String(message), " ", beside);
    return el("li", {}, places, text);
  }
}

/** Leaves out the plan, and the extensions altogether when nothing else is in them. */
function omitted({ extensions }) {
  const alone = extensions && Object.keys(extensions).length === 1 && "graphscale" in extensions;
  return (path) => isOfPlan(path) || (alone && path.join(".") === "extensions");
}

const coloured = (text) => {
  return tokenizeJson(text).map((token) => {
    return token.kind === "space" ? token.text : el("span", { class: `t-${token.kind}` }, token.text);
  });
};
