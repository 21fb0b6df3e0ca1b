// Text of many megabytes that appears at once: browsers lay out, and we colour, what comes into sight.

import { el } from "./dom.js";

/** Lines of a block. */
const BLOCK_LINES = 200;
/** Pixels of a line, as the style has it. */
const LINE = 20;
/** Pixels around what is seen that are coloured, too. */
const AHEAD = "600px";

/** A text in blocks of lines. `colour` makes nodes of the text of a block; no token may go over more than one line. */
export function longText(text, colour = (block) => [block]) {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        target.replaceChildren(...colour(target.textContent));
      }
    },
    { rootMargin: AHEAD },
  );
  const fragment = document.createDocumentFragment();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += BLOCK_LINES) {
    const part = lines.slice(at, at + BLOCK_LINES);
    const isLast = at + BLOCK_LINES >= lines.length;
    const block = el("div", { class: "block" }, part.join("\n") + (isLast ? "" : "\n"));
    block.style.containIntrinsicSize = `auto ${part.length * LINE}px`;
    seen.observe(block);
    fragment.append(block);
  }
  return fragment;
}
