// What each page needs, by the name in its body. Every text shown comes from the page itself.

import { startCallbackCount } from "./callback_count.js";
import { startCalls } from "./calls.js";
import { startClocks } from "./clock.js";
import { startColleagues } from "./colleagues.js";
import { startConsole } from "./console.js";
import { enhanceForms } from "./forms.js";
import { startOutgoing } from "./outgoing.js";
import { startPreferences } from "./preferences.js";
import { startPresence } from "./presence.js";
import { startStates } from "./states.js";
import { startWallboard } from "./wallboard.js";
import { startWho } from "./who.js";
import { startWork } from "./work.js";

const starts = {
  admin: enhanceForms,
  alerts: startCalls,
  caller: enhanceForms,
  callbacks() {
    enhanceForms();
    startCalls();
  },
  calls: startCalls,
  console() {
    startCallbackCount();
    enhanceForms();
    startWho();
    startWork();
    startStates();
    startColleagues();
    startConsole();
  },
  floor() {
    enhanceForms();
    startCalls();
    startClocks();
  },
  obligations() {
    enhanceForms();
    startCalls();
  },
  "portal-ticket": enhanceForms,
  preferences: startPreferences,
  ticket: enhanceForms,
  wallboard: startWallboard,
  work: startWork,
};
if (document.getElementById("presence")) startPresence();
startOutgoing();
starts[document.body.dataset.page]?.();
