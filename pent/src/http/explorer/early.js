// Runs before the page is drawn, or what was chosen before would make it jump: the colours, and the panel at the side.

{
  let chosen = {};
  try {
    const read = (storage) => JSON.parse(storage.getItem("graphscale-explorer") ?? "{}");
    chosen = { ...read(localStorage), ...read(sessionStorage) };
  } catch {
    // Nothing was chosen, or nobody may know.
  }
  if (chosen.theme) document.documentElement.dataset.theme = chosen.theme;
  if (chosen.side) document.documentElement.dataset.side = chosen.side;
}
