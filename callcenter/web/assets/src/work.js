// The calls that are yet to be written about, each with its form: what is typed stays whatever
// happens around it, and the next call's title has the focus when nobody is typing elsewhere.
//
// Keys: Enter sends the call as solved, Ctrl+Enter as not solved yet, F2 uses the first open ticket.
// While one still talks Enter goes on to the note: nobody completes a call by it in mid-sentence.

import { elapsed, setServerTime } from "./clock.js";
import { Draft, renewToken } from "./draft.js";
import { on } from "./happenings.js";
import { SignedOutError, loadDocument } from "./regions.js";

const READ_AFTER_MS = 60;
const PAGE = "/work";

const drafts = new Map(); // call id to Draft
let wanted = null; // the call whose title is to have the focus once its form is there
let heldBefore = null; // what had it when the call came
let timer = null;

const region = () => document.getElementById("work");

export function startWork() {
  const { now, page, me } = document.body.dataset;
  if (now) setServerTime(now);
  for (const article of articles(document)) take(article);
  document.addEventListener("submit", submitted);
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", clicked);
  addEventListener("pagehide", () => drafts.forEach((draft) => draft.leave()));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) drafts.forEach((draft) => draft.save());
    else if (page === "console") soon();
  });
  addEventListener("focus", () => page === "console" && soon());
  setInterval(tick, 1000);
  focusOn(articles(document).at(-1));
  on("loaded", (loaded) => loaded !== document && loaded.getElementById("work") && sync(loaded));
  on("mine", (message) => {
    wanted = message.data.id;
    heldBefore = document.activeElement;
    soon();
  });
  on("call", ({ data: call }) => (drafts.has(call.id) || isOf(me, call)) && soon());
  on("ticket", ({ data: ticket }) => drafts.has(ticket.call) && soon());
}

function isOf(me, call) {
  return call.legs.some((leg) => leg.answered_at && leg.agent === me);
}

function articles(page) {
  return [...page.querySelectorAll("#work > article")];
}

function take(article) {
  drafts.set(article.dataset.work, new Draft(article));
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => loadDocument(PAGE, { stay: true }).then(sync, () => {}), READ_AFTER_MS);
}

// Bring the region in step with the server's. Forms stay the elements that they are.
function sync(page) {
  const fresh = page.getElementById("work");
  if (!fresh || document.body.dataset.page !== "console") return;
  syncOlder(fresh);
  const found = articles(page);
  const ids = new Set(found.map((article) => article.dataset.work));
  for (const article of found) {
    const draft = drafts.get(article.dataset.work);
    if (draft?.article.isConnected) update(draft, article);
    else add(article);
  }
  for (const [id, draft] of drafts) if (!ids.has(id)) finished(id, draft);
  if (wanted && drafts.has(wanted)) {
    const { article } = drafts.get(wanted);
    wanted = null;
    if (!isBusyElsewhere(article)) focusOn(article);
  }
}

function syncOlder(fresh) {
  const before = region().querySelector(".work-older");
  const after = fresh.querySelector(".work-older");
  if (before && after) {
    after.open = before.open;
    before.replaceWith(document.adoptNode(after));
  } else if (after) {
    region().prepend(document.adoptNode(after));
  } else {
    before?.remove();
  }
}

function add(article) {
  const place = document.adoptNode(article);
  region().append(place);
  take(place);
}

// What the server says around the form; into the form goes only what nobody typed here.
function update(draft, article) {
  const { version, state } = article.dataset;
  draft.article.dataset.state = state;
  const form = article.querySelector(".work-form");
  const kept = Object.fromEntries(Object.keys(draft.base).map((name) => [name, form.elements.namedItem(name)?.value ?? ""]));
  for (const part of article.querySelectorAll("[data-part]")) {
    const before = document.getElementById(part.id);
    if (!before || before.contains(document.activeElement)) continue;
    before.replaceWith(document.adoptNode(part));
  }
  if (Number(version) > draft.version && !draft.sending) draft.meet({ version: Number(version), fields: kept });
}

function finished(id, draft) {
  if (!draft.article.isConnected || draft.isSent || !draft.isDirty) {
    draft.article.remove();
    drafts.delete(id);
  } else if (!draft.isDone) {
    draft.over();
  }
}

// Somebody types, or went somewhere by a key while the form was on its way.
function isBusyElsewhere(article) {
  const active = document.activeElement ?? document.body;
  if (active === document.body || article.contains(active)) return false;
  return active !== heldBefore || active.matches("input:not([type=hidden]), textarea, select");
}

// It is brought into sight behind the next frame: what made room for it has then moved unseen.
function focusOn(article) {
  const title = article?.querySelector("[name=title]");
  title?.focus({ preventScroll: true });
  requestAnimationFrame(() => setTimeout(() => title?.scrollIntoView({ block: "nearest" })));
}

function submitted(event) {
  const form = event.target;
  const draft = drafts.get(form.closest("[data-work]")?.dataset.work);
  if (!draft) return;
  event.preventDefault();
  const button = event.submitter;
  if (button?.matches("[data-plain]")) draft.save();
  else send(draft, button);
}

async function send(draft, button) {
  if (draft.isSent) return;
  draft.isSent = true;
  button?.setAttribute("aria-disabled", "true");
  const { form, article } = draft;
  const problem = form.querySelector('[data-problem="form"]');
  problem.textContent = "";
  try {
    while (draft.sending) await new Promise((resolve) => setTimeout(resolve, 20));
    clearTimeout(draft.timer);
    if (form.dataset.stale) await renewToken(form);
    const body = draft.body;
    if (button) body.set(button.name || "plain", button.value);
    if (button?.matches("[data-other]")) body.delete("number");
    body.set("next", PAGE);
    const page = await loadDocument(button?.hasAttribute("formaction") ? button.formAction : form.action, { body, stay: true });
    delete form.dataset.stale;
    answered(draft, page);
  } catch (error) {
    const signedOut = error instanceof SignedOutError;
    problem.textContent = signedOut ? form.dataset.signedOut : form.dataset.unsent;
    if (signedOut) form.dataset.stale = "yes";
    draft.isSent = false;
  } finally {
    button?.removeAttribute("aria-disabled");
    if (!article.isConnected) drafts.delete(article.dataset.work);
  }
}

// The page of what is left, or this call's form again with what is wrong with it.
function answered(draft, page) {
  const { article, form } = draft;
  const again = page.getElementById(article.id);
  if (!again) {
    draft.isDone = true;
    article.remove();
    drafts.delete(article.dataset.work);
    if (document.body.dataset.page === "work") return location.assign(PAGE);
    sync(page);
    return focusOn(articles(document)[0]);
  }
  draft.isSent = false;
  for (const place of again.querySelectorAll("[data-problem]")) {
    form.querySelector(`[data-problem="${place.dataset.problem}"]`).textContent = place.textContent.trim();
  }
  for (const field of again.querySelectorAll("input, select, textarea")) {
    const mine = document.getElementById(field.id);
    if (mine) mine.toggleAttribute("aria-invalid", field.hasAttribute("aria-invalid"));
  }
  form.querySelector("[aria-invalid]")?.focus();
  // Another window was faster: what it saved is asked for, and met as ever.
  if (again.querySelector("[data-conflict]:not([hidden])")) draft.save({ force: true });
}

function pressed(event) {
  const article = event.target.closest?.("[data-work]");
  const draft = drafts.get(article?.dataset.work);
  if (!draft || event.isComposing || event.altKey || event.metaKey) return;
  if (event.key === "F2") {
    const first = article.querySelector('[aria-keyshortcuts="F2"]');
    if (first) perform(event, () => draft.form.requestSubmit(first));
  } else if (event.key === "Enter" && event.ctrlKey) {
    perform(event, () => draft.form.requestSubmit(draft.form.querySelector('[value="open"]')));
  } else if (event.key === "Enter" && event.target.matches("select, [name=title]")) {
    if (article.dataset.state === "talking") perform(event, () => draft.field("note").focus());
    else perform(event, () => draft.form.requestSubmit(draft.form.querySelector('[value="solved"]')));
  } else if (event.key === "Enter" && event.target.matches("[name=other]")) {
    perform(event, () => draft.form.requestSubmit(article.querySelector("[data-other]")));
  }
}

function perform(event, act) {
  event.preventDefault();
  if (!event.repeat) act();
}

function clicked(event) {
  const button = event.target.closest?.("[data-propose]");
  if (!button) return;
  const draft = drafts.get(button.closest("[data-work]").dataset.work);
  draft.field("title").value = button.dataset.propose;
  if (button.dataset.category) draft.field("category").value = button.dataset.category;
  draft.field("title").focus();
  draft.save();
}

function tick() {
  for (const place of document.querySelectorAll(".work-clock")) {
    const text = elapsed(place.dataset.since);
    if (place.textContent !== text) place.textContent = text;
  }
}
