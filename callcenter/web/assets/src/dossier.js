// What is known of a caller beyond who it may be, put in words and rows for the card.

import { ago, day, moment } from "./clock.js";
import { copyOf, fill } from "./fill.js";

// dossier: as db/dossiers.py has it, or undefined while it is on its way.
export function describeDossier(dossier) {
  if (!dossier) return { texts: {}, holds: {} };
  const { owner, backup, alerts, updated_at: updated } = dossier;
  return {
    texts: {
      contract: dossier.contract ?? "",
      ends_on: dossier.ends_on ? day(dossier.ends_on) : "",
      open_tickets: String(dossier.open_tickets),
      today: String(dossier.today),
      age: updated ? ago(updated) : "",
      alerts: alerts ? String(alerts.count) : "",
      alert_device: alerts?.device ?? "",
      alert_devices: alerts ? String(alerts.devices) : "",
      alerts_since: alerts ? moment(alerts.since) : "",
    },
    holds: {
      [`cover-${dossier.cover}`]: true,
      [`owner-${owner?.state}`]: true,
      [`deputy-${backup?.state}`]: true,
      "no-age": !updated,
      "no-tickets": dossier.open_tickets === 0,
      "no-earlier": dossier.earlier.length === 0,
      "no-alerts": !alerts,
      "alerts-of-one": alerts?.devices === 1,
      "alerts-of-several": alerts?.devices > 1,
    },
  };
}

export function fillRows(card, dossier) {
  const tickets = dossier?.tickets.map((ticket) => ({
    texts: ticket,
    links: { ticket: `/tickets/${ticket.number}` },
  }));
  const earlier = dossier?.earlier.map((call) => ({
    texts: { at: moment(call.at), what: [call.agent, call.title ?? call.ticket].filter(Boolean).join(": ") },
    shown: new Set([`outcome-${call.outcome}`]),
  }));
  rows(card, "tickets", "ticket-row-template", tickets);
  rows(card, "earlier", "earlier-row-template", earlier);
}

// Rows that say the same stay the same elements: one of them may have the focus.
function rows(card, name, template, descriptions = []) {
  const list = card.querySelector(`[data-rows="${name}"]`);
  const said = JSON.stringify(descriptions);
  if (list.dataset.said === said) return;
  list.dataset.said = said;
  const items = descriptions.map((description) => {
    const item = copyOf(template);
    fill(item, description);
    settle(item);
    return item;
  });
  list.replaceChildren(...items);
}

// A row is filled once: what is filled of the card around it is not the row's.
function settle(item) {
  for (const place of item.querySelectorAll("[data-text], [data-when], [data-link]")) {
    for (const name of ["data-text", "data-when", "data-link"]) place.removeAttribute(name);
  }
}
