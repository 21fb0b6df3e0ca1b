// Which parts of the page are shown: the panel at the side, and on a narrow page the one pane there is room for.

import { byId } from "./dom.js";

const SIDES = ["docs", "history"];

/** Makes the buttons of panes work. `changed` is told which panel is at the side, null for none.
 *  Answers `show(pane)`, for a narrow page, and `showSide(side)`. */
export function panes(changed) {
  const buttons = [...document.querySelectorAll("#panes button")];
  const { dataset } = document.documentElement;

  const show = (pane) => {
    document.body.dataset.pane = pane;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
  };

  const showSide = (side) => {
    dataset.side = side ?? "";
    for (const name of SIDES) {
      byId(name).toggleAttribute("data-shown", side === name);
      byId(`toggle-${name}`).setAttribute("aria-pressed", String(side === name));
    }
    if (side) show(side);
    changed(side);
  };

  for (const button of buttons) {
    const { pane } = button.dataset;
    button.addEventListener("click", () => (SIDES.includes(pane) ? showSide(pane) : show(pane)));
  }
  for (const name of SIDES) {
    byId(`toggle-${name}`).addEventListener("click", () => showSide(dataset.side === name ? null : name));
  }
  return { show, showSide };
}
