// What outlives a reload: what is being written, and how the page is set.

const KEY = "graphscale-explorer";

/** What this tab had, or else what was written last in any. Headers may hold secrets: they stay with the tab. */
export function load() {
  return { ...read(localStorage), ...read(sessionStorage) };
}

export function save(state) {
  const { headers, ...lasting } = state;
  write(sessionStorage, { ...lasting, headers });
  write(localStorage, lasting);
}

function read(storage) {
  try {
    const state = JSON.parse(storage.getItem(KEY) ?? "{}");
    return state && typeof state === "object" ? state : {};
  } catch {
    return {};
  }
}

function write(storage, state) {
  try {
    storage.setItem(KEY, JSON.stringify(state));
  } catch {
    // Storage is full or forbidden: the page works, and forgets.
  }
}
