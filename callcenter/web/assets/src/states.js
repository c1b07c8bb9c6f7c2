// What somebody does, in the bar or in a row: every word for it is there, and one of them is shown.
//
// That a telephone rings is no state of its own: the calls on the page tell it, in each place marked
// data-agent. Under it is what is known besides, and is shown again once nothing rings there.

import { tickClocks } from "./clock.js";
import { fill } from "./fill.js";
import { on } from "./happenings.js";

let ringing = new Map(); // login to since when

export function startStates() {
  on("ringing", (rings) => {
    const before = ringing;
    ringing = rings;
    const hasChanged = ({ dataset }) => before.get(dataset.agent) !== rings.get(dataset.agent);
    [...document.querySelectorAll("[data-agent]")].filter(hasChanged).forEach(draw);
  });
}

// agent: as of an event agent.state.
export function showState(place, agent) {
  Object.assign(place.dataset, { does: agent.state, reason: agent.reason ?? "", from: agent.since });
  draw(place);
}

export function drawStates() {
  for (const place of document.querySelectorAll("[data-agent]")) draw(place);
}

function draw(place) {
  const { agent, does, from } = place.dataset;
  const rings = does === "on_call" ? undefined : ringing.get(agent);
  const state = rings ? "ringing" : does;
  const reason = rings ? "" : place.dataset.reason;
  const reasons = [...place.querySelectorAll("[data-pause]")];
  const known = reasons.find((each) => each.dataset.pause === reason);
  place.dataset.state = state;
  place.querySelector(".state-clock").dataset.since = rings ?? from;
  fill(place, {
    texts: { reason: known ? "" : reason },
    shown: new Set([`is-${state}`, known?.dataset.when]),
  });
  tickClocks(place);
}
