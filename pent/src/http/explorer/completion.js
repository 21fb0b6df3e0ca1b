// The list of proposals beside the caret. The focus stays in the text; `aria-activedescendant` tells what is chosen.

import { el } from "./dom.js";

/** How many proposals are drawn; who looks for another types a letter. */
const SHOWN_MAX = 200;
const PAGE = 8;

let lists = 0;

export class CompletionList {
  /** A list for a text area; `accept` is called with the proposal that is taken. */
  constructor(area, accept) {
    this.area = area;
    this.accept = accept;
    this.items = [];
    lists += 1;
    this.id = `proposals-${lists}`;
    this.list = el("ul", { id: this.id, role: "listbox", "aria-label": "Proposals" });
    this.about = el("div", { class: "proposal-about" });
    this.box = el(
      "div",
      { class: "proposals", role: "region", "aria-label": "Proposals", hidden: true },
      this.list,
      this.about,
    );
    // A press must not take the focus from the text.
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
    document.body.append(this.box);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.id);
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** Shows proposals at a place of the window: `{ left, top, bottom }`. */
  open(items, place) {
    if (items.length === 0) return this.close();
    this.items = items.slice(0, SHOWN_MAX);
    this.list.replaceChildren(...this.items.map((item, at) => this.option(item, at)));
    this.box.hidden = false;
    this.list.scrollTop = 0;
    this.choose(0);
    this.put(place);
    return undefined;
  }

  close() {
    this.box.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  option(item, at) {
    const detail = item.detail && el("span", { class: "proposal-detail" }, item.detail);
    const label = el(
      "span",
      { class: `proposal-label t-${item.kind}${item.deprecated ? " deprecated" : ""}` },
      item.label,
    );
    const attributes = { id: `${this.id}-${at}`, role: "option", onclick: () => this.accept(item) };
    return el("li", attributes, label, detail);
  }

  /** Below the line of the caret, or above it where there is more room; within the window. */
  put({ left, top, bottom }) {
    const { width, height } = this.box.getBoundingClientRect();
    const below = bottom + height < window.innerHeight || bottom + height / 2 < window.innerHeight / 2;
    this.box.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    this.box.style.top = `${Math.max(8, below ? bottom + 4 : top - height - 4)}px`;
  }

  choose(at) {
    this.chosen = Math.max(0, Math.min(at, this.items.length - 1));
    [...this.list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", index === this.chosen);
    });
    const option = this.list.children[this.chosen];
    option.scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", option.id);
    this.about.textContent = this.items[this.chosen].description ?? "";
  }

  /** Whether a key was meant for the list. */
  takes(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
    if (event.key in steps) {
      this.choose(this.chosen + steps[event.key]);
    } else if (event.key === "Escape") {
      this.close();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      this.accept(this.items[this.chosen]);
    } else {
      return false;
    }
    return true;
  }
}
