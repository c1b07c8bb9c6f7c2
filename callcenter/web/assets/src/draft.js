// What is typed into one form, kept by the server as it is typed.
//
// Each saving says which version it was typed over. When another window saved meanwhile, what both
// changed is shown, and whoever types here decides; what only one of them changed is taken from it.

import { SignedOutError, loadDocument } from "./regions.js";

const SAVE_AFTER_MS = 300;
const AGAIN_AFTER_MS = 3_000;
const KEPT_ALIVE_MAX = 60_000; // browsers let so many bytes outlive a page
const FIELDS = ["title", "category", "priority", "status", "note", "summary"];

export class Draft {
  constructor(article) {
    this.article = article;
    this.form = article.querySelector(".work-form");
    this.version = Number(article.dataset.version);
    this.base = this.values; // what the server has, as far as is known here
    this.theirs = null; // another window's, while somebody has to decide
    this.sending = null; // the values on their way
    this.isDone = false;
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("change", () => this.save());
    this.listen("[data-keep]", () => this.decide(this.values));
    this.listen("[data-take]", () => this.decide(this.theirs.fields));
  }

  listen(selector, handler) {
    const button = this.form.querySelector(selector);
    button.hidden = false;
    button.addEventListener("click", handler);
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  get values() {
    return Object.fromEntries(FIELDS.map((name) => [name, this.field(name)?.value ?? ""]));
  }

  set values(values) {
    for (const name of FIELDS) {
      const field = this.field(name);
      if (field && values[name] !== undefined && field.value !== values[name]) {
        field.value = values[name];
      }
    }
  }

  get isDirty() {
    return !same(this.values, this.base);
  }

  typed() {
    if (!this.waits) this.say("");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  say(state) {
    const place = this.form.querySelector(".save-state");
    if (place.dataset.save !== state) place.dataset.save = state;
  }

  get body() {
    const body = new URLSearchParams(new FormData(this.form));
    body.set("version", this.version);
    return body;
  }

  // One at a time: the next begins when it is known what became of this one. Where it is to be known
  // what the server has (force), it is asked though nothing is new here.
  async save({ force = false } = {}) {
    clearTimeout(this.timer);
    if (this.sending || this.theirs || this.isDone || !(force || this.isDirty)) return;
    this.sending = this.values;
    try {
      await this.send();
    } catch {
      this.again();
    } finally {
      this.sending = null;
    }
    if (this.version && this.isDirty && !this.waits) this.save();
  }

  async send() {
    const response = await post(this.form.dataset.draft, this.body);
    this.waits = false;
    if (response.ok) {
      this.version = (await response.json()).version;
      this.base = this.sending;
      this.say(this.isDirty ? "" : "saved");
    } else if (response.status === 409) {
      this.meet(await response.json());
    } else {
      await this.renew(response);
      throw new Error(`status ${response.status}`);
    }
  }

  // The service is away, or somebody signed out in another window: what is typed stays, and waits.
  again() {
    this.say("unsaved");
    this.waits = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.waits = false;
      this.save();
    }, AGAIN_AFTER_MS);
  }

  async renew(response) {
    if (response.type !== "opaqueredirect" && response.status !== 403) return;
    await renewToken(this.form);
  }

  // The last chance before the page goes; an answer is not waited for.
  leave() {
    if (!this.isDirty || this.theirs || this.isDone) return;
    const { body } = this;
    if (this.sending) body.set("version", this.version + 1); // it arrives before this one
    post(this.form.dataset.draft, body).catch(() => {});
  }

  // Take what the server has by now.
  meet({ version, fields, finished = false }) {
    if (version <= this.version && !finished) return;
    if (this.sending && same(fields, this.sending)) this.base = fields; // the answer was lost
    const mine = this.values;
    const differs = (name) => mine[name] !== fields[name];
    const both = FIELDS.filter((name) => differs(name) && mine[name] !== this.base[name] && fields[name] !== this.base[name]);
    if (finished) {
      this.over();
    } else if (both.length) {
      this.theirs = { version, fields };
      this.showConflict(both);
    } else {
      const merged = { ...fields };
      for (const name of FIELDS) if (mine[name] !== this.base[name]) merged[name] = mine[name];
      this.values = merged;
      this.base = fields;
      this.version = version;
      this.say(this.isDirty ? "" : "saved");
    }
  }

  showConflict(names) {
    const box = this.form.querySelector("[data-conflict]");
    for (const place of box.querySelectorAll("[data-differs]")) {
      const name = place.dataset.differs;
      place.hidden = !names.includes(name);
      place.querySelector("[data-theirs]").textContent = shownAs(this.field(name), this.theirs.fields[name]);
    }
    box.querySelector("[data-plain-hint]").hidden = true;
    box.hidden = false;
  }

  // Their other fields are taken in either case: only what both typed needed a decision.
  decide(chosen) {
    const { version, fields } = this.theirs;
    const mine = this.values;
    const merged = { ...fields };
    for (const name of FIELDS) {
      const isBoth = mine[name] !== this.base[name] && fields[name] !== this.base[name];
      if (isBoth) merged[name] = chosen[name];
      else if (mine[name] !== this.base[name]) merged[name] = mine[name];
    }
    this.theirs = null;
    this.values = merged;
    this.base = fields;
    this.version = version;
    this.form.querySelector("[data-conflict]").hidden = true;
    this.field("title").focus();
    this.save();
  }

  // Completed in another window. What was typed here and is nowhere else stays to be read.
  over() {
    this.isDone = true;
    this.form.querySelector("[data-over]").hidden = false;
    this.form.querySelector("[data-close]").addEventListener("click", () => this.article.remove());
  }
}

function post(address, body) {
  const headers = { Accept: "application/json" };
  const keepalive = body.toString().length < KEPT_ALIVE_MAX;
  return fetch(address, { method: "POST", body, headers, keepalive, redirect: "manual" });
}

export async function renewToken(form) {
  const page = await loadDocument("/work", { stay: true });
  const token = page.querySelector("[name=csrf_token]")?.value;
  if (!token) throw new SignedOutError();
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token;
  form.elements.namedItem("csrf_token").value = token;
}

function same(one, other) {
  return FIELDS.every((name) => one[name] === other[name]);
}

function shownAs(field, value) {
  const option = [...(field.options ?? [])].find((each) => each.value === value);
  return option ? option.textContent.trim() : value;
}
