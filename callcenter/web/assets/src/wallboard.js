// The wallboard: read again when something happens, and now and then, for what grows old by itself.
//
// What becomes an alarm at a known moment has it in data-due, and is shown from then on. What is
// shown is current only while the stream is heard and the last reading came through.

import { startCalls } from "./calls.js";
import { hasCome, setServerTime, startClocks, tickClocks, timeOfDay } from "./clock.js";
import { showLink } from "./link.js";

const AFTER_MS = 250; // the server itself looks once a second, however many walls there are
const READ_EVERY_MS = 15_000;

const at = (id) => document.getElementById(id);

export function startWallboard() {
  let link = "connecting";
  let isRead = true;
  const show = () => {
    const state = isRead ? link : "lost";
    showLink(state);
    say(state === "lost");
  };
  takeTime();
  startClocks();
  setInterval(tick, 1000);
  const soon = startCalls({
    afterMs: AFTER_MS,
    onLink(state) {
      link = state;
      show();
    },
    onRead(could) {
      isRead = could;
      if (could) takeTime();
      show();
    },
  });
  setInterval(() => document.hidden || soon(), READ_EVERY_MS);
  offerWholeScreen(at("wall-whole"));
}

function takeTime() {
  setServerTime(at("wall").dataset.now);
  tickClocks(at("wall"));
  tick();
}

function tick() {
  for (const each of document.querySelectorAll("[data-due]")) {
    each.hidden = !hasCome(each.dataset.due);
  }
  at("wall-clock").textContent = timeOfDay();
}

// Said once, with the time since when: the words of a status are read out.
function say(isLost) {
  const place = at("wall-lost");
  if (Boolean(place.textContent) === isLost) return;
  place.textContent = isLost ? place.dataset.text.replace("{time}", timeOfDay) : "";
  at("wallboard").classList.toggle("is-lost", isLost);
}

function offerWholeScreen(button) {
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else at("wallboard").requestFullscreen();
  });
  document.addEventListener("fullscreenchange", () => {
    button.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  });
}
