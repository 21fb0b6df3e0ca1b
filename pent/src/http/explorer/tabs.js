// Tabs as the ARIA practices have them: one is in the order of the Tab key, arrows go to the others.

/** Makes a `tablist` of buttons with `aria-controls` work. `chosen` is told of the id of each panel that is shown.
 *  Answers a function that shows a panel by its id. */
export function tabs(list, chosen = () => {}) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const show = (id) => {
    all.forEach((tab) => {
      const isShown = tab.getAttribute("aria-controls") === id;
      tab.setAttribute("aria-selected", isShown);
      tab.tabIndex = isShown ? 0 : -1;
      panel(tab)?.toggleAttribute("data-shown", isShown);
    });
    chosen(id);
  };
  all.forEach((tab, at) => {
    tab.addEventListener("click", () => show(tab.getAttribute("aria-controls")));
    tab.addEventListener("keydown", ({ key }) => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[key];
      if (to === undefined) return;
      const other = all[(to + all.length) % all.length];
      other.focus();
      show(other.getAttribute("aria-controls"));
    });
  });
  return show;
}
