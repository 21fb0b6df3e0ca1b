// Keys that work everywhere on the page, and the list of all.

import { el } from "./dom.js";

const MAC = /Mac|iP/.test(navigator.platform);
const COMMAND = MAC ? "⌘" : "Ctrl";

/** What is pressed, what it does, and the name of the action; without one the editor takes it. */
const KEYS = [
  [[COMMAND, "Enter"], "Run, or stop what runs", "run", ({ key }) => key === "Enter"],
  [["Shift", "Ctrl", "P"], "Prettify", "prettify", ({ key, shiftKey }) => shiftKey && key.toLowerCase() === "p"],
  [[COMMAND, "K"], "Search the documentation", "searchDocs", ({ key }) => key.toLowerCase() === "k"],
  [["Alt", "Enter"], "Documentation of what is at the caret", "explainPlace", null, ({ key }) => key === "Enter"],
  [["F8"], "Next problem", "nextProblem", null, null, "F8"],
  [[COMMAND, "E"], "To the query", "focusQuery", ({ key }) => key.toLowerCase() === "e"],
  [["Shift", COMMAND, "C"], "Copy the answer", "copy", ({ key, shiftKey }) => shiftKey && key.toLowerCase() === "c"],
  [["F1"], "This help", "help", null, null, "F1"],
  [["Ctrl", "Space"], "Propose what can be written"],
  [[COMMAND, "/"], "Comment out, or in again"],
  [["Tab"], "Take a proposal; without one, go to the next part of the page"],
  [["Esc"], "Close what is open"],
];

/** Listens for the keys of actions, and lists all keys in a `dl`. */
export function shortcuts(actions, list) {
  list.append(
    ...KEYS.map(([keys, what]) =>
      el(
        "div",
        {},
        el(
          "dt",
          {},
          keys.map((key) => el("kbd", {}, key)),
        ),
        el("dd", {}, what),
      ),
    ),
  );
  // Before the editors see them: a new line is no part of running.
  document.addEventListener("keydown", (event) => act(event, actions), { capture: true });
}

function act(event, actions) {
  const { ctrlKey, metaKey, altKey, key } = event;
  const found = KEYS.find(([, , , withCommand, withAlt, alone]) => {
    if (ctrlKey || metaKey) return withCommand?.(event);
    return altKey ? withAlt?.(event) : alone === key;
  });
  if (!found?.[2] || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  event.stopPropagation();
  actions[found[2]]();
}
