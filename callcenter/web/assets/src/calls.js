// The newest page of the call list, read again when a call changed and somebody looks.

import { showLink } from "./link.js";
import { loadDocument, replaceRegions } from "./regions.js";
import { Stream } from "./stream.js";

const AT_MOST_EVERY_MS = 2_000;

export function startCalls() {
  const { after, events } = document.body.dataset;
  if (!events) return; // an older page does not change
  let timer = null;
  let stale = false;
  const read = async () => {
    stale = false;
    const page = await loadDocument(location.pathname);
    replaceRegions(page);
    return Number(page.body.dataset.after);
  };
  const soon = () => {
    stale = true;
    if (document.hidden) return;
    timer ??= setTimeout(() => {
      timer = null;
      if (stale) read().catch(() => (stale = true));
    }, AT_MOST_EVERY_MS);
  };
  document.addEventListener("visibilitychange", () => stale && soon());
  new Stream({
    after: Number(after),
    types: events.split(" "),
    onEvent: soon,
    onLink: showLink,
    reload: read,
  });
}
