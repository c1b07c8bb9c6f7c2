// The agent's page: the card while it rings, the call while one talks, everything in its place.

import { Board } from "./board.js";
import { clockOf, describe } from "./caller.js";
import { setServerTime } from "./clock.js";
import { copyOf, fill } from "./fill.js";
import { fillRows } from "./dossier.js";
import { tell } from "./happenings.js";
import { Notice } from "./notice.js";
import { loadDocument, replaceRegions } from "./regions.js";
import { Stream } from "./stream.js";
import { showLink } from "./link.js";

const NOTICE_MS = 20_000;
const TICKETS_AFTER_MS = 300;

const at = (id) => document.getElementById(id);

export function startConsole() {
  const page = new Console(document.body.dataset.me);
  const after = page.load(document);
  setInterval(() => page.tick(), 1000);
  page.stream = new Stream({
    after,
    types: document.body.dataset.events.split(" "),
    onEvent: (type, _seq, message) => page.take(type, message),
    onLink: showLink,
    reload: () => page.reload(),
    asides: { dossier: (data) => page.takeDossier(data) },
  });
}

class Console {
  constructor(me) {
    this.board = new Board(me);
    this.dossiers = new Map(); // call id to what is known of its caller; for calls of the board
    this.attention = new Notice();
    this.shown = null;
  }

  // Take the state that a page carries; gives the number of the last event in it.
  load(page) {
    const state = JSON.parse(page.getElementById("state").textContent);
    setServerTime(state.now);
    this.board.load(state.calls, state.now);
    for (const id of this.dossiers.keys()) {
      if (!this.board.calls.has(id)) this.dossiers.delete(id);
    }
    this.draw();
    tell("loaded", page);
    return state.seq;
  }

  async reload() {
    const page = await loadDocument("/");
    replaceRegions(page, { except: isOwn });
    at("sight").replaceWith(document.adoptNode(page.getElementById("sight")));
    return this.load(page);
  }

  take(type, message) {
    const [noun] = type.split(".");
    if (noun === "call") this.takeCall(message);
    else if (noun === "ticket") this.takeTicket(message);
    else if (noun === "pbx") showSight(type, message.data);
    else if (noun === "ring_group" || isMySeat(message, this.board.me)) this.stream.refresh();
    tell(type, message);
  }

  takeCall(message) {
    const before = this.board.lastMine;
    const became = this.board.takeCall(message);
    if (became) this.notice(became, message);
    this.draw();
    if (this.board.lastMine !== before) tell("mine", message);
  }

  // It may be there before the call, which a slow connection has yet to be told of.
  takeDossier({ call, dossier }) {
    this.dossiers.set(call, dossier);
    const card = at("main-slot").querySelector(".card");
    if (card?.dataset.call === call) this.drawCard(card, card.message);
    tell("dossier", { call, dossier });
  }

  takeTicket(message) {
    if (this.board.takeTicket(message)) this.draw();
    if (message.data.primary_resource !== this.board.me) return;
    clearTimeout(this.ticketsTimer);
    this.ticketsTimer = setTimeout(() => this.readTickets(), TICKETS_AFTER_MS);
  }

  readTickets() {
    loadDocument("/").then((page) => replaceRegions(page, { except: isOwn }), () => {});
  }

  notice(became, message) {
    const line = document.createElement("span");
    line.append(at(`${became}-template`).content.cloneNode(true));
    fill(line, describe(message));
    at("notice").replaceChildren(line);
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => at("notice").replaceChildren(), NOTICE_MS);
  }

  draw() {
    const { main, ringing, current } = this.board;
    this.drawMain(main);
    drawList(at("also"), "also-template", ringing.filter((each) => each !== main));
    drawList(at("now"), "now-template", current);
    tell("ringing", this.board.ringingAgents);
    at("nothing-now").hidden = current.length > 0;
    at("now").parentElement.hidden = current.length === 0;
  }

  drawMain(message) {
    const slot = at("main-slot");
    at("idle").hidden = Boolean(message);
    let card = slot.querySelector(".card");
    if (card && card.dataset.call !== message?.data.id) {
      card.remove();
      card = null;
    }
    if (message) {
      card ??= slot.appendChild(copyOf("card-template"));
      this.drawCard(card, message);
    }
    const rings = Boolean(message) && this.board.rings(message) && !this.board.isMine(message);
    this.attention.take(rings ? message.data.id : null, rings ? card : null);
    const id = message?.data.id ?? null;
    if (id === this.shown) return;
    this.shown = id;
    tell("shown", message);
  }

  drawCard(card, message) {
    const { data: call } = message;
    const mine = this.board.isMine(message);
    const what = mine ? "mine" : this.board.rings(message) ? "ringing" : "over";
    const dossier = this.dossiers.get(call.id);
    const description = describe(message, dossier);
    description.shown.add(what === "over" && call.state !== "ended" ? "handed-on" : what);
    if (what === "over" && call.caller.e164) description.shown.add("may-call");
    fill(card, description);
    for (const field of card.querySelectorAll("[data-dial] [name=call]")) field.value = call.id;
    fillRows(card, dossier);
    card.dataset.call = call.id;
    card.dataset.state = what;
    card.message = message;
  }

  tick() {
    for (const place of document.querySelectorAll("[data-call]")) {
      const clock = place.querySelector('[data-text="clock"]');
      if (clock && place.message) clock.textContent = clockOf(place.message.data);
    }
  }
}

// With another telephone other calls are mine to see.
function isMySeat({ data }, me) {
  return "before" in data && (data.agent === me || data.before === me);
}

// A region that says so is kept by the script of its own part.
function isOwn(region) {
  return region.dataset.region === "own";
}

// Keep a list's items in step with calls: an item stays the same element while its call is there.
function drawList(list, templateId, messages) {
  const items = new Map([...list.children].map((item) => [item.dataset.call, item]));
  const wanted = messages.map((message) => {
    const item = items.get(message.data.id) ?? copyOf(templateId);
    if (item.message === message) return item; // nothing new: on a busy day most are
    fill(item, describe(message));
    item.dataset.call = message.data.id;
    item.dataset.state = message.data.state;
    item.message = message;
    return item;
  });
  const same = wanted.length === list.children.length && wanted.every((item, n) => item === list.children[n]);
  if (!same) list.replaceChildren(...wanted);
}

function showSight(type, { pbx }) {
  const lines = [...at("sight").children];
  for (const line of lines.filter((each) => each.dataset.pbx === pbx)) line.remove();
  if (type !== "pbx.out_of_sight") return;
  const line = copyOf("sight-template");
  line.textContent = line.textContent.replace("{name}", () => pbx);
  line.dataset.pbx = pbx;
  at("sight").append(line);
}
