// A line between two panes that can be moved, by the pointer and by arrows.

/** Pixels of one press of an arrow. */
const STEP = 24;
/** Pixels that are left to both sides. */
const LEAST = 140;

/** Makes a `separator` set the size of `pane` by a custom property of the page; `fromEnd` if the pane lies behind. */
export function splitter(line, property, axis, pane, fromEnd = false) {
  const side = axis === "x" ? "width" : "height";
  const set = (size) => {
    const most = pane.parentElement.getBoundingClientRect()[side] - LEAST;
    const fitted = Math.round(Math.max(LEAST, Math.min(size, most)));
    document.documentElement.style.setProperty(property, `${fitted}px`);
    line.setAttribute("aria-valuenow", fitted);
  };
  const now = () => pane.getBoundingClientRect()[side];
  line.setAttribute("aria-valuemin", LEAST);
  line.setAttribute("aria-valuenow", Math.round(now()));
  line.addEventListener("focus", () => line.setAttribute("aria-valuenow", Math.round(now())));
  line.addEventListener("pointerdown", (event) => {
    line.setPointerCapture(event.pointerId);
    const [from, begun] = [axis === "x" ? event.clientX : event.clientY, now()];
    const move = (moved) => {
      const by = (axis === "x" ? moved.clientX : moved.clientY) - from;
      set(begun + (fromEnd ? -by : by));
    };
    line.addEventListener("pointermove", move);
    line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", move), { once: true });
  });
  line.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    set(now() + (fromEnd ? -by : by));
  });
  line.addEventListener("dblclick", () => document.documentElement.style.removeProperty(property));
}
