// Names that a mistyped one may have been meant to be.

/** How many names are offered. */
const SUGGESTIONS_MAX = 3;

/** ` Did you mean "a", "b" or "c"?`, or nothing where no name is near. */
export function didYouMean(name, names) {
  const near = nearest(name, names).map((near) => `"${near}"`);
  if (near.length === 0) return "";
  const last = near.pop();
  return ` Did you mean ${near.length ? `${near.join(", ")} or ${last}` : last}?`;
}

/** The names that are a few keystrokes away, nearest first. */
export function nearest(name, names) {
  // Two letters in five may be wrong: with more, everything short resembles everything short.
  const most = Math.max(1, Math.floor(name.length * 0.4));
  const lower = name.toLowerCase();
  const measured = [...names].map((other) => [distance(lower, other.toLowerCase(), most), other]);
  const near = measured.filter(([steps]) => steps <= most);
  near.sort(([one, a], [other, b]) => one - other || a.localeCompare(b));
  return near.slice(0, SUGGESTIONS_MAX).map(([, other]) => other);
}

/** Letters to insert, remove, replace or swap; anything above `most` where it is more than that. */
function distance(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const above = row;
    row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = above;
  }
  return row[other.length];
}
