// The plan panel: what a request took in figures, round by round, and what was planned.

import { counted, duration, el } from "./dom.js";
import { layersView } from "./layers_view.js";
import { explained, timeline, totals } from "./plan.js";
import { roundsView } from "./rounds_view.js";

export class PlanPane {
  /** Draws into `root`, and the figures in short into `brief`; `locate` is called with the path of a field. */
  constructor(root, brief, locate) {
    Object.assign(this, { root, brief, locate });
    this.say("Run a query to see what it reads: its rounds, their statements and times, and the plan of its fields.");
  }

  /** A sentence in place of a plan. */
  say(...words) {
    this.brief.hidden = true;
    this.root.replaceChildren(el("p", { class: "muted plan-none" }, words));
  }

  show(extension, milliseconds) {
    const { stats, plan } = explained(extension);
    if (!stats && !plan) {
      return this.say(
        "The server tells no plan of this request. ",
        "A server explains when it is made with ",
        el("code", {}, "http::Service::explain"),
        ", and documents that are valid.",
      );
    }
    if (!plan && stats.rounds.length === 0) return this.say("The server ran nothing of this: the response says why.");
    if (stats) this.summarise(stats);
    const parts = [
      stats && tiles(stats, milliseconds),
      plan?.operation === "mutation" && writesNote(),
      stats && roundsView(stats),
      plan && layersView(plan, stats?.rounds.length, this.locate),
    ];
    this.root.replaceChildren(...parts.filter(Boolean));
    return undefined;
  }

  summarise(stats) {
    const { rounds, statements } = totals(stats);
    this.brief.textContent = `${counted(rounds, "round")}, ${counted(statements, "statement")}`;
    this.brief.hidden = false;
  }
}

/** A mutation that reads nothing has no rounds, and yet its writes took most of its time. */
function writesNote() {
  const words = "Writes are not counted: rounds, statements and keys are those of what was read.";
  return el("p", { class: "muted plan-writes" }, words);
}

function tiles(stats, milliseconds) {
  const { rounds, statements, asked, sent, missing, failed } = totals(stats);
  const { micros } = timeline(stats);
  const shared =
    asked > sent
      ? `${(asked - sent).toLocaleString("en")} of ${asked.toLocaleString("en")} asked for were shared`
      : "none asked for twice";
  const tile = (name, value, note, bad) => {
    return el("div", { class: bad && "bad" }, el("dt", {}, name), el("dd", {}, value, el("small", {}, note)));
  };
  return el(
    "dl",
    { class: "tiles" },
    tile("Rounds", String(rounds), "one after the other"),
    tile("Statements", String(statements), rounds ? `${(statements / rounds).toFixed(1)} a round` : "nothing was read"),
    tile("Keys sent", sent.toLocaleString("en"), shared),
    tile("In storage", duration(micros), `of ${duration(milliseconds * 1000)} until the answer`),
    missing > 0 && tile("Missing", String(missing), "keys with nothing there"),
    failed > 0 && tile("Failed", String(failed), "keys with an error", true),
  );
}
