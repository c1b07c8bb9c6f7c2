// How many callers wait for a call back, beside the link to their list.

import { on } from "./happenings.js";

const waiting = new Set(); // ids

export function startCallbackCount() {
  on("loaded", (page) => {
    waiting.clear();
    for (const id of JSON.parse(page.getElementById("state").textContent).callbacks) waiting.add(id);
    show();
  });
  on("callback", ({ data }) => {
    if (data.closed_at) waiting.delete(data.id);
    else waiting.add(data.id);
    show();
  });
}

function show() {
  const count = document.getElementById("callback-count");
  count.textContent = waiting.size;
  count.hidden = waiting.size === 0;
}
