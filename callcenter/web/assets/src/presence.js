// The bar of every page: what I do, my pause, what I owe. The server says it anew; what is open stays.

import { remaining, setServerTime, tickClocks } from "./clock.js";
import { on } from "./happenings.js";
import { startPauses } from "./pauses.js";
import { SignedOutError, loadDocument } from "./regions.js";
import { drawStates, showState } from "./states.js";

const PAGE = "/state";
const READ_AFTER_MS = 60;
const READ_EVERY_MS = 30_000; // where no stream says what happens
const OVERDUE_AFTER_MS = 3_000; // of a busy team somebody does something else all the time
const REMIND_EVERY_MS = 60_000;
const SETTLING = new Set(["on_call", "wrap_up", "paused"]); // before and after them

const bar = () => document.getElementById("presence");
let timer = null;
let waiting = null;

export function startPresence() {
  const { now, me } = bar().dataset;
  setServerTime(now);
  document.addEventListener("submit", submitted);
  startPauses();
  document.addEventListener("visibilitychange", () => !document.hidden && soon());
  addEventListener("focus", soon);
  setInterval(tick, 1000);
  setInterval(remind, REMIND_EVERY_MS);
  if (document.body.dataset.page === "console") listen(me);
  else setInterval(() => !document.hidden && soon(), READ_EVERY_MS);
}

function listen(me) {
  on("loaded", (page) => page !== document && take(page));
  on("agent", ({ data }) => (data.agent === me ? mine(data) : hasOverdue() && later()));
  on("obligation", soon);
  on("call", ({ data: call }) => call.legs.some((leg) => leg.answered_at && leg.agent === me) && soon());
  on("supervision", ({ data }) => data.agent === me && soon());
  on("ticket", ({ data: ticket }) => ticket.primary_resource === me && soon());
}

// Of some changes the event says all; others change what is owed, or what may be done.
function mine(agent) {
  const place = document.getElementById("presence-state");
  const states = [place.dataset.does, agent.state];
  const blocked = agent.blocked_on.join(" ");
  showState(place, agent);
  if (blocked !== bar().dataset.blocked || states.some((each) => SETTLING.has(each))) soon();
  bar().dataset.blocked = blocked;
}

// What a supervisor is told of is over when its agent does something else.
function hasOverdue() {
  return bar().querySelector("#presence-overdue a") !== null;
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => loadDocument(PAGE, { stay: true }).then(take, () => {}), READ_AFTER_MS);
}

function later() {
  waiting ??= setTimeout(() => {
    waiting = null;
    soon();
  }, OVERDUE_AFTER_MS);
}

function take(page) {
  const fresh = page.getElementById("presence");
  if (!fresh) return;
  for (const name of ["told", "blocked"]) bar().dataset[name] = fresh.dataset[name];
  bar().toggleAttribute("data-seated", "seated" in fresh.dataset);
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const before = document.getElementById(part.id);
    if (before && !isHeld(before) && !before.isEqualNode(part)) replace(before, part);
  }
  drawStates();
}

// Where one is about to choose, nothing is taken away.
function isHeld(part) {
  return part.querySelector("details[open]") !== null;
}

function replace(before, part) {
  const had = before.contains(document.activeElement);
  before.replaceWith(document.adoptNode(part));
  if (had) part.querySelector("button, summary, a")?.focus({ preventScroll: true });
}

async function submitted(event) {
  const form = event.target;
  if (!bar().contains(form)) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  body.set("next", PAGE);
  const problem = bar().querySelector(".problem");
  problem.textContent = "";
  try {
    const page = await loadDocument(form.action, { body, stay: true });
    form.closest("details")?.removeAttribute("open");
    take(page);
  } catch (error) {
    const { signedOut, unsent } = bar().dataset;
    problem.textContent = error instanceof SignedOutError ? signedOut : unsent;
  }
}

function tick() {
  tickClocks(bar());
  const stops = bar().querySelector("[data-until]");
  if (stops && remaining(stops.dataset.until) === "0:00") soon();
}

// What is owed is said again, softly: in sight and to a screen reader, in nobody's way.
function remind() {
  const owed = document.getElementById("presence-owed");
  if (bar().dataset.told !== "remind" || owed.contains(document.activeElement)) return;
  owed.replaceWith(owed.cloneNode(true));
}
