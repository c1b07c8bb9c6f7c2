// The first page of a list of calls or of obligations, read again when a call changed.
//
// A hidden one lets its stream go: over HTTP/1.1 a browser has six connections to a site in all its
// tabs together, and the console's must be among them.

import { showLink } from "./link.js";
import { loadDocument, replaceRegions } from "./regions.js";
import { Stream } from "./stream.js";

const AT_MOST_EVERY_MS = 2_000;

// afterMs: how long changes are gathered before the page is read. onLink(state) as of a stream.
// onRead(whether it could be read). Gives what has the page read soon.
export function startCalls({ afterMs = AT_MOST_EVERY_MS, onLink = showLink, onRead = () => {} } = {}) {
  const { after, events } = document.body.dataset;
  if (!events) return null; // an older page does not change
  let timer = null;
  const read = async () => {
    try {
      const page = await loadDocument(location.pathname + location.search);
      replaceRegions(page, { except: isBeingDecided });
      onRead(true);
      return Number(page.body.dataset.after);
    } catch (error) {
      onRead(false);
      throw error;
    }
  };
  const soon = (ms = afterMs) => {
    timer ??= setTimeout(() => {
      timer = null;
      read().catch(() => soon(AT_MOST_EVERY_MS));
    }, ms);
  };
  const stream = new Stream({
    after: Number(after),
    types: events.split(" "),
    onEvent: () => soon(),
    onLink,
    reload: read,
  });
  if (document.hidden) stream.close();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream.close();
    else stream.refresh();
  });
  return soon;
}

function isBeingDecided(region) {
  return region.querySelector("details[open], form[data-sending]") !== null;
}
