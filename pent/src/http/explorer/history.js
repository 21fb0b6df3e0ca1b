// What was run before, kept in this browser alone.

import { parse } from "./parser.js";
import { el } from "./dom.js";

const KEY = "graphscale-explorer-history";
/** Entries beside favourites. */
const ENTRIES_MAX = 60;
/** Characters of a query with its variables; what is longer is not kept, since browsers give a site few megabytes. */
const ENTRY_MAX = 20_000;

/** The entries with one more in front; the same again moves there. Favourites are never pushed out. */
export function remembered(entries, { query, variables, at }) {
  if (!query.trim() || query.length + variables.length > ENTRY_MAX) return entries;
  const isSame = (entry) => entry.query === query && entry.variables === variables;
  const favourite = entries.find(isSame)?.favourite ?? false;
  const all = [{ query, variables, at, favourite }, ...entries.filter((entry) => !isSame(entry))];
  let others = 0;
  return all.filter((entry) => entry.favourite || (others += 1) <= ENTRIES_MAX);
}

/** What an entry is called: the name of its operation, or what it selects first. */
export function titleOf(query) {
  const operation = parse(query).definitions.find(({ kind }) => kind === "operation");
  if (operation?.name) return operation.name.text;
  const fields = (operation?.selections ?? []).map(({ name }) => name?.text).filter(Boolean);
  return fields.length ? fields.join(", ") : query.trim().slice(0, 40);
}

export class History {
  /** A list in `root`; `pick` is called with the entry that is chosen. */
  constructor(root, pick) {
    this.pick = pick;
    this.entries = stored();
    this.list = el("ul", { class: "history-list" });
    this.clear = el("button", { type: "button", class: "quiet", onclick: () => this.clearAll() }, "Clear");
    this.clear.title = "Forgets everything but favourites";
    root.append(el("div", { class: "docs-head" }, el("h2", {}, "History"), this.clear), this.list);
    // Another tab has run something.
    window.addEventListener("storage", ({ key }) => key === KEY && this.draw((this.entries = stored())));
    this.draw();
  }

  add(entry) {
    this.change(remembered(this.entries, entry));
  }

  clearAll() {
    this.change(this.entries.filter(({ favourite }) => favourite));
  }

  change(entries) {
    this.entries = entries;
    try {
      localStorage.setItem(KEY, JSON.stringify(entries));
    } catch {
      // Storage is full or forbidden: the history lasts as long as the page.
    }
    this.draw();
  }

  draw() {
    const favourites = this.entries.filter(({ favourite }) => favourite);
    const others = this.entries.filter(({ favourite }) => !favourite);
    const none = el("li", { class: "muted" }, "What you run is listed here, and stays in this browser.");
    const items = [...favourites, ...others].map((entry) => this.item(entry));
    this.list.replaceChildren(...(items.length ? items : [none]));
    this.clear.disabled = others.length === 0;
  }

  item(entry) {
    const title = titleOf(entry.query);
    const open = el(
      "button",
      { type: "button", class: "history-open", title: entry.query.slice(0, 500), onclick: () => this.pick(entry) },
      el("span", { class: "history-title" }, title),
      el("time", { datetime: new Date(entry.at).toISOString() }, when(entry.at)),
    );
    const favour = () => {
      const turned = { ...entry, favourite: !entry.favourite };
      this.change(this.entries.map((other) => (other === entry ? turned : other)));
    };
    const star = el("button", { type: "button", class: "icon star", "aria-pressed": String(entry.favourite) });
    star.append(entry.favourite ? "★" : "☆");
    star.setAttribute("aria-label", `Favourite: ${title}`);
    star.addEventListener("click", favour);
    const forget = el("button", { type: "button", class: "icon", "aria-label": `Delete: ${title}` }, "✕");
    forget.addEventListener("click", () => this.change(this.entries.filter((other) => other !== entry)));
    return el("li", {}, open, star, forget);
  }
}

/** What the browser holds, as far as it makes sense: pages of other versions write there, too. */
function stored() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    const isEntry = (entry) => typeof entry?.query === "string" && typeof entry.variables === "string" && entry.at;
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function when(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return isToday ? time : `${date.toLocaleDateString([], { month: "short", day: "numeric" })}, ${time}`;
}
