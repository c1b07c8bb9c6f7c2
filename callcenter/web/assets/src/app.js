// What each page needs, by the name in its body. Every text shown comes from the page itself.

import { startCalls } from "./calls.js";
import { startConsole } from "./console.js";
import { enhanceForms } from "./forms.js";

const starts = {
  calls: startCalls,
  console: startConsole,
  obligations() {
    enhanceForms();
    startCalls();
  },
  ticket: enhanceForms,
};
starts[document.body.dataset.page]?.();
