// The colleagues beside the card: each row says what somebody does, and is changed in its place.

import { tickClocks } from "./clock.js";
import { on } from "./happenings.js";
import { loadDocument } from "./regions.js";
import { drawStates, showState } from "./states.js";

const READ_AFTER_MS = 1_000;
const READ_SPREAD_MS = 2_000; // when somebody sits down, not all pages ask at once

const list = () => document.getElementById("colleagues");
let timer = null;

export function startColleagues() {
  on("agent", take);
  on("seat", soon);
  setInterval(() => tickClocks(list()), 1000);
}

function take({ data: agent }) {
  const row = [...list().querySelectorAll("[data-agent]")].find((each) => each.dataset.agent === agent.agent);
  if (row) showState(row, agent);
}

// Others may ring for my lines by now.
function soon() {
  timer ??= setTimeout(() => {
    timer = null;
    loadDocument("/").then(replace, () => {});
  }, READ_AFTER_MS + Math.random() * READ_SPREAD_MS);
}

function replace(page) {
  const fresh = page.getElementById("colleagues");
  if (!fresh || list().contains(document.activeElement)) return;
  list().replaceWith(document.adoptNode(fresh));
  drawStates();
}
