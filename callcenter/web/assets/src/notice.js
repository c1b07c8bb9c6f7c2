// Being noticed: the title of the window, words for a screen reader, and what the agent chose of
// notification and sound. Once for each call that begins to ring, from the words on its card.

import { Chime, notify } from "./alerts.js";

const SOUNDED = "callcenter.sounded"; // the call that a window of this browser made a sound for

export class Notice {
  constructor() {
    const { ringing, notifications, sound } = document.body.dataset;
    this.ringing = ringing;
    this.wantsNotifications = notifications !== undefined;
    this.chime = sound === undefined ? null : new Chime();
    this.title = document.title;
    this.announced = null; // id of the call
    this.notification = null;
    if (this.chime) this.showSilence();
  }

  // card: of the call that rings; null when none does.
  take(id, card) {
    document.title = card ? `${this.ringing} · ${said(card, ".card-name")}` : this.title;
    if (id !== this.announced) this.withdraw();
    if (!card || id === this.announced) return;
    this.announced = id;
    const words = [".card-state", ".card-name", ".card-company", ".card-line"];
    const announcement = words.map((word) => said(card, word)).join(", ");
    document.getElementById("announcement").textContent = announcement;
    this.sound(id);
    if (this.wantsNotifications && (document.hidden || !document.hasFocus())) {
      const body = [said(card, ".card-company"), said(card, ".card-line")].filter(Boolean);
      this.notification = notify(document.title, body.join(", "), id);
    }
  }

  withdraw() {
    this.notification?.close();
    this.notification = null;
  }

  // Of several windows one makes it.
  sound(id) {
    if (!this.chime || localStorage.getItem(SOUNDED) === id) return;
    localStorage.setItem(SOUNDED, id);
    this.chime.play();
  }

  showSilence() {
    const show = () => {
      document.getElementById("silent").hidden = !this.chime.isSilent;
    };
    this.chime.context.addEventListener("statechange", show);
    show();
  }
}

// What is seen of a part of the card.
function said(card, selector) {
  const parts = [...card.querySelector(selector).querySelectorAll("span, b")];
  const texts = parts.filter((each) => !each.hidden).map((each) => each.textContent.trim());
  return texts.filter(Boolean).join(" ");
}
