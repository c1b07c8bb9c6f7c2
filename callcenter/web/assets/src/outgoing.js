// The call that I make: begun without leaving the page, and followed on whatever page I go on to,
// until it is over. The server says how it stands (outgoing_strip.html).

import { elapsed } from "./clock.js";
import { isBeingWritten } from "./forms.js";
import { on } from "./happenings.js";
import { SignedOutError, loadDocument, replaceRegions } from "./regions.js";

const PAGE = "/outgoing";
const LOOK_EVERY_MS = 1_000;
const UNDER_WAY = "callUnderWay"; // in this tab

let timer = null;

const strip = () => document.getElementById("outgoing");

export function startOutgoing() {
  if (!strip()) return;
  document.addEventListener("submit", submitted);
  document.addEventListener("click", closed);
  document.addEventListener("keydown", pressed);
  on("outgoing_call", ({ data }) => data.agent === document.body.dataset.me && look());
  setInterval(tick, 1000);
  if (strip().dataset.state || sessionStorage.getItem(UNDER_WAY)) look();
}

function submitted(event) {
  const form = event.target;
  if (!form.matches("[data-dial]")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  look(form).finally(() => delete form.dataset.sending);
}

function closed(event) {
  if (!event.target.closest?.("[data-close]") || !strip().contains(event.target)) return;
  event.preventDefault();
  strip().removeAttribute("data-state");
  document.getElementById("main").focus();
}

// F2 on the list of missed calls: call the first of them back.
function pressed(event) {
  if (event.key !== "F2" || document.body.dataset.page !== "callbacks") return;
  const first = document.querySelector('[data-dial] [aria-keyshortcuts="F2"]');
  if (!first) return;
  event.preventDefault();
  first.click();
}

async function look(form = null) {
  clearTimeout(timer);
  try {
    const body = form && new URLSearchParams(new FormData(form));
    show(await loadDocument(form ? form.action : PAGE, { body, stay: true }));
  } catch (error) {
    if (error instanceof SignedOutError) sessionStorage.removeItem(UNDER_WAY);
    else soon();
  }
}

function show(page) {
  const fresh = page.getElementById("outgoing");
  if (!fresh) return;
  const before = strip();
  const isUnderWay = Boolean(fresh.dataset.state) && !["ended", "refused"].includes(fresh.dataset.state);
  if (isUnderWay) sessionStorage.setItem(UNDER_WAY, "yes");
  const hasEnded = !isUnderWay && Boolean(sessionStorage.getItem(UNDER_WAY));
  if (!isUnderWay) sessionStorage.removeItem(UNDER_WAY);
  if (fresh.dataset.key !== before.dataset.key) replace(before, document.adoptNode(fresh));
  if (isUnderWay) soon();
  if (hasEnded && document.body.dataset.page === "ticket") readAgain();
}

// Whoever was on one of its buttons is on that of the next step.
function replace(before, fresh) {
  const hadFocus = before.contains(document.activeElement);
  before.replaceWith(fresh);
  tick();
  if (hadFocus) (fresh.querySelector("button") ?? document.getElementById("main")).focus();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, LOOK_EVERY_MS);
}

// The ticket says what became of the call, and asks what the customer said.
async function readAgain() {
  const page = await loadDocument(location.pathname, { stay: true }).catch(() => null);
  if (page) replaceRegions(page, { except: (region) => region.dataset.region === "own" || isBeingWritten(region) });
}

function tick() {
  for (const clock of strip().querySelectorAll("[data-since]")) {
    clock.textContent = elapsed(clock.dataset.since);
  }
}
