// Light and dark: as the system has it, until somebody chooses.

/** Makes a button switch between the two. `changed` is told what was chosen. */
export function theme(button, changed) {
  const { dataset } = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (dataset.theme ? dataset.theme === "dark" : system.matches);
  const name = () => button.setAttribute("aria-label", isDark() ? "Switch to light" : "Switch to dark");
  button.addEventListener("click", () => {
    dataset.theme = isDark() ? "light" : "dark";
    name();
    changed(dataset.theme);
  });
  system.addEventListener("change", name);
  name();
}
