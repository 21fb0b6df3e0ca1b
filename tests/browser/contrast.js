// Whether text can be read: the contrast of the WCAG, computed from what the browser has drawn.

/** Contrast of text of ordinary size, level AA. */
const CONTRAST_MIN = 4.5;

/** The visible texts of a page with less contrast than they need, each as text, contrast and colours. */
export async function contrasts(page) {
  return page.evaluate((least) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    // A canvas understands every notation of a colour that styles have.
    const rgba = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((value, at) => a * value + (1 - a) * below[at]);
    const backdrop = (element) => {
      if (!element) return [255, 255, 255];
      const own = rgba(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own.slice(0, 3) : over(own, backdrop(element.parentElement));
    };
    const luminance = (colour) => {
      const [r, g, b] = colour.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
      const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    const faint = new Map();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility() || element.closest("textarea, :disabled, .unseen, script")) {
        continue;
      }
      const behind = backdrop(element);
      const front = over(rgba(getComputedStyle(element).color), behind);
      const ratio = contrast(front, behind);
      if (ratio < least) faint.set(`${element.className}: ${node.data.trim().slice(0, 20)}`, ratio.toFixed(2));
    }
    return [...faint].map(([text, ratio]) => `${text} ${ratio}`);
  }, CONTRAST_MIN);
}
