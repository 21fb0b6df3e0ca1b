// A text area with its text painted in colours beneath it: typing, selecting, undoing, dictation and screen readers are
// the browser's own. Letters of the area are transparent, and both lay them out alike.

import { CompletionList } from "./completion.js";
import { el, settled } from "./dom.js";
import { Painted } from "./painted.js";

/** Characters that are painted; beyond it every keystroke would be felt. */
const PAINTED_MAX = 100_000;
/** How long typing has to rest until problems are looked for: a name that is half written is none. */
const REST_MILLISECONDS = 250;
const INDENT = "  ";
const PAIRS = { "(": ")", "[": "]", "{": "}", '"': '"' };

export class Editor {
  /** Fits an editor into an element.
   *  `paint(text)` answers tokens, `complete(text, offset)` proposals, `check(text)` problems; `changed` is told of
   *  every change, `moved` when the caret has, and `told` of problems, with the one at the caret. */
  constructor(root, { label, placeholder, paint, complete, check, changed, moved, told, comment }) {
    Object.assign(this, { root, paint, complete, check, changed, moved, told, comment, problems: [], marks: [] });
    this.painted = new Painted();
    this.area = el("textarea", {
      "aria-label": label,
      placeholder,
      wrap: "off",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      autocorrect: "off",
    });
    this.tip = el("div", { class: "tip", role: "tooltip", hidden: true });
    root.classList.add("editor");
    root.append(this.painted.gutter, el("div", { class: "sheet" }, this.painted.under, this.area));
    document.body.append(this.tip);
    this.list = new CompletionList(this.area, (item) => this.accept(item));
    this.checkSoon = settled(REST_MILLISECONDS, () => this.recheck());
    this.listen();
    this.draw();
  }

  listen() {
    this.area.addEventListener("input", (event) => this.typed(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("keyup", () => {
      const { selectionStart, selectionEnd, selectionDirection } = this.area;
      this.reveal(selectionDirection === "backward" ? selectionStart : selectionEnd);
    });
    this.area.addEventListener("blur", () => this.list.close());
    // The area is as large as its text: only the whole editor scrolls, or the layers would part.
    this.area.addEventListener("scroll", () => this.area.scrollTo(0, 0));
    this.root.addEventListener("scroll", () => this.list.close());
    this.area.addEventListener("mousemove", (event) => this.hover(event));
    this.area.addEventListener("mouseleave", () => (this.tip.hidden = true));
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === this.area) this.caretMoved();
    });
  }

  get text() {
    return this.area.value;
  }

  /** Puts another text in place, as typing would: it can be undone. */
  set text(text) {
    if (text === this.text) return;
    this.replace(0, this.text.length, text, 0);
    this.list.close();
    this.recheck();
  }

  /** Begins with a text. */
  begin(text) {
    this.area.value = text;
    this.recheck();
  }

  get offset() {
    return this.area.selectionStart;
  }

  /** Selects a part of the text and shows it. */
  select(start, end) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    this.reveal(start);
  }

  /** The place of what begins at a line and a column, both from 1. */
  wordAt(line, column) {
    const before = this.text.split("\n").slice(0, line - 1);
    const start = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
    const [word] = /^(?:\.\.\.|[$@]?\w+|.)?/.exec(this.text.slice(start));
    return { start, end: start + Math.max(1, word.length) };
  }

  typed(event) {
    this.tip.hidden = true;
    this.marks = [];
    this.problems = moved(this.problems, this.offset, this.text.length - this.drawn);
    this.draw();
    this.changed?.(this.text);
    this.checkSoon();
    const letter = event.inputType === "insertText" && /[\w$@.]/.test(event.data ?? "");
    if (letter || (this.list.isOpen && event.inputType === "deleteContentBackward")) this.propose(false);
    else this.list.close();
  }

  /** Shows proposals; unless they were asked for, not where they would only be in the way. */
  propose(asked) {
    const found = this.complete(this.text, this.offset);
    const word = this.text.slice(found.start, this.offset);
    const lone = found.items.length === 1 && found.items[0].label === word;
    const begun = word || /[$@]$|\.\.\.$/.test(this.text.slice(0, found.start));
    if (!asked && (lone || !begun)) return this.list.close();
    this.replaced = found;
    return this.list.open(found.items, this.placeOf(found.start));
  }

  accept({ before, after, kind }) {
    const { start, end } = this.replaced;
    const indent = this.indentAt(start);
    const [head, tail] = [before, after].map((part) => part.replaceAll("\n", `\n${indent}`));
    this.list.close();
    this.replace(start, end, head + tail, start + head.length);
    // Brackets that were opened wait for something, and a new field of an object for its value.
    if (after || (kind === "argument" && before.endsWith(": "))) this.propose(true);
  }

  key(event) {
    if (event.isComposing) return;
    if (this.list.isOpen && !this.isWritten(event) && this.list.takes(event)) return void event.preventDefault();
    const { ctrlKey, metaKey, altKey, key, code } = event;
    const command = ctrlKey || metaKey;
    let done = false;
    if ((ctrlKey && code === "Space") || (altKey && code === "Slash")) done = this.proposeNow();
    else if (command && key === "/" && this.comment) done = this.toggleComment();
    else if (command || altKey) return;
    else if (key === "Enter") done = this.breakLine();
    else if (key === "Backspace") done = this.deletePair();
    else if (key.length === 1) done = this.bracket(key);
    if (done) event.preventDefault();
  }

  /** Whether Enter is pressed behind a word that is complete already: then a new line is meant. */
  isWritten({ key }) {
    const chosen = this.list.items[this.list.chosen];
    return key === "Enter" && chosen.before + chosen.after === this.text.slice(this.replaced.start, this.offset);
  }

  proposeNow() {
    this.propose(true);
    return true;
  }

  /** A new line, indented as the last one; brackets that are opened here are spread over three lines. */
  breakLine() {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const indent = this.indentAt(start);
    const opens = /[([{]\s*$/.test(this.text.slice(0, start).split("\n").at(-1));
    const closes = opens && /^[ \t]*[)\]}]/.exec(this.text.slice(end));
    const head = `\n${indent}${opens ? INDENT : ""}`;
    const skipped = closes ? closes[0].length - 1 : 0;
    this.replace(start, end + skipped, closes ? `${head}\n${indent}` : head, start + head.length);
    return true;
  }

  indentAt(offset) {
    return /^[ \t]*/.exec(this.text.slice(this.text.lastIndexOf("\n", offset - 1) + 1, offset))[0];
  }

  /** Brackets and quotes come in pairs, and typing the second passes over it. */
  bracket(key) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const [before, next] = [this.text[start - 1] ?? "", this.text[end] ?? ""];
    if (start === end && next === key && Object.values(PAIRS).includes(key)) {
      this.area.setSelectionRange(start + 1, start + 1);
      return true;
    }
    const closing = PAIRS[key];
    if (!closing) return false;
    const selected = this.text.slice(start, end);
    const alone = start === end && /^[\s)\]},:]?$/.test(next) && !(key === '"' && /[\w"\\]/.test(before));
    if (!alone && (start === end || selected.includes("\n"))) return false;
    this.replace(start, end, key + selected + closing, start + 1, start + 1 + selected.length);
    return true;
  }

  deletePair() {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const isPair = start === end && start > 0 && PAIRS[this.text[start - 1]] === this.text[start];
    if (isPair) this.replace(start - 1, start + 1, "", start - 1);
    return isPair;
  }

  toggleComment() {
    const { selectionStart, selectionEnd } = this.area;
    const start = this.text.lastIndexOf("\n", selectionStart - 1) + 1;
    const end = (this.text.indexOf("\n", selectionEnd) + 1 || this.text.length + 1) - 1;
    const lines = this.text.slice(start, end).split("\n");
    const isOff = lines.every((line) => /^\s*(#|$)/.test(line));
    const toggled = lines.map((line) => (isOff ? line.replace(/#\s?/, "") : line.replace(/\S/, "# $&"))).join("\n");
    this.replace(start, end, toggled, start, start + toggled.length);
    return true;
  }

  /** Writes in place of a part of the text. `insertText` is the one way that keeps what can be undone. */
  replace(start, end, text, from, to = from) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    const command = text === "" ? "delete" : "insertText";
    const nothing = start === end && text === "";
    // Where the area is hidden it has no focus, and the command would write elsewhere.
    const isFocused = document.activeElement === this.area;
    if (!nothing && !(isFocused && document.execCommand(command, false, text))) {
      this.area.setRangeText(text, start, end, "end");
      this.area.dispatchEvent(new InputEvent("input", { inputType: "insertReplacementText" }));
    }
    this.area.setSelectionRange(from, to);
    this.reveal(from);
  }

  /** Looks for problems now. */
  recheck() {
    this.problems = [...(this.check?.(this.text) ?? []), ...this.marks];
    this.draw();
    this.told?.(this.problems);
  }

  /** Marks problems that were found elsewhere, until the text changes. */
  mark(problems) {
    this.marks = problems;
    this.recheck();
  }

  draw() {
    const { text } = this;
    const isLong = text.length > PAINTED_MAX;
    this.drawn = text.length;
    const tokens = isLong ? [{ kind: "plain", start: 0, end: text.length }] : this.paint(text);
    this.painted.draw(text, tokens, this.problems);
    this.pairUp();
  }

  caretMoved() {
    this.pairUp();
    this.moved?.();
    const at = this.problems.find(({ start, end }) => start <= this.offset && this.offset <= end);
    if (this.problems.length) this.told?.(this.problems, at);
  }

  pairUp() {
    const { selectionStart, selectionEnd } = this.area;
    const isCaret = document.activeElement === this.area && selectionStart === selectionEnd;
    this.painted.pairUp(this.text, isCaret ? selectionStart : null);
  }

  /** Where a character is in the window. */
  placeOf(offset) {
    return this.painted.placeOf(this.text, offset);
  }

  /** Scrolls so that a character is seen, with a line and some columns around it; to the start where that will do. */
  reveal(offset) {
    const place = this.placeOf(offset);
    const frame = this.root.getBoundingClientRect();
    const margin = place.height || 20;
    const [top, bottom] = [place.top - frame.top - margin, place.bottom - frame.bottom + margin];
    if (top < 0) this.root.scrollTop += top - margin;
    else if (bottom > 0) this.root.scrollTop += bottom + margin;
    const right = place.right - frame.left + this.root.scrollLeft + 2 * margin - this.root.clientWidth;
    if (right <= 0) this.root.scrollLeft = 0;
    else if (right > this.root.scrollLeft) this.root.scrollLeft = right + 2 * margin;
  }

  /** Tells the problem under the pointer. The painted text lies below the area, which takes the pointer's events. */
  hover({ clientX, clientY }) {
    const piece = document.elementsFromPoint(clientX, clientY).find((element) => element.problem);
    this.tip.hidden = !piece;
    if (!piece) return;
    const { left, bottom } = piece.getBoundingClientRect();
    this.tip.textContent = piece.problem.message;
    this.tip.style.left = `${Math.max(8, Math.min(left, window.innerWidth - this.tip.offsetWidth - 8))}px`;
    this.tip.style.top = `${bottom + 4}px`;
  }
}

/** Problems after a change that ends at `offset` and made the text longer by `by`. Those within the change are dropped:
 *  they are looked for anew when typing rests. */
function moved(problems, offset, by) {
  const begin = offset - Math.max(0, by);
  const behind = (problem) => ({ ...problem, start: problem.start + by, end: problem.end + by });
  const before = problems.filter(({ end }) => end < begin);
  return [...before, ...problems.filter(({ start }) => start >= offset - by && start > begin).map(behind)];
}
