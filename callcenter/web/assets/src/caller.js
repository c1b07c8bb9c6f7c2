// Who calls, as far as the number tells: texts for the templates, and which of their parts hold.

import { elapsed } from "./clock.js";
import { winners } from "./board.js";
import { describeDossier } from "./dossier.js";

const NAMES_SHOWN = 4;

// dossier: what is known of the caller beside that, once it is there.
export function describe(message, dossier) {
  const { data: call, shown: extra } = message;
  const [contact] = call.contacts;
  const single = call.contacts.length === 1;
  const anonymous = !extra.number && !call.company && !call.contacts.length;
  const unknown = !anonymous && !call.company && !call.contacts.length;
  const several = call.contacts.length > 1 && !call.company;
  const more = describeDossier(dossier);
  const known = Boolean(call.company);
  const texts = {
    line: call.line,
    number: extra.number ?? "",
    name: single ? contact.name : (call.company?.name ?? (unknown ? extra.number : "")),
    company: single ? (call.company?.name ?? contact.company) : namesOf(call),
    announced: call.caller.name ?? "",
    contract: call.company?.contract ?? "",
    account_owner: call.company?.account_owner ?? "",
    backup: call.company?.backup ?? "",
    winner: winners(call).map((leg) => leg.agent_name ?? leg.interface).join(", "),
    ticket: call.ticket?.number ?? "",
    clock: clockOf(call),
    ...more.texts,
  };
  const holds = {
    anonymous,
    unknown,
    several,
    switchboard: Boolean(call.company) && !call.contacts.length,
    announced: Boolean(call.caller.name) && (unknown || anonymous),
    "company-known": known,
    traceable: !anonymous,
    "no-contract": known && !texts.contract,
    [`word-${call.caller.attestation}`]: true,
    choose: call.contacts.length > 1,
    find: call.contacts.length === 0,
    correct: single,
    account_owner: Boolean(texts.account_owner),
    backup: Boolean(texts.backup),
    clock: true,
    ticket: Boolean(texts.ticket && extra.ticket),
    "to-complete": call.ticket?.state === "ticketed" && Boolean(texts.ticket),
    qualified: call.ticket?.state === "qualified",
    exempt: call.ticket?.state === "exempt",
    "ticket-pending": call.ticket?.state === "open",
    [`is-${call.state}`]: true,
    ...more.holds,
  };
  if (unknown) texts.number = ""; // it stands where the name would
  const names = Object.keys(holds).filter((name) => holds[name]);
  return { texts, shown: new Set(names), links: { ticket: extra.ticket, caller: `/callers/${call.id}` } };
}

// Those who share the number, each with their company where that is not said above.
function namesOf({ contacts, company }) {
  const names = contacts.map((each) =>
    each.company === company?.name ? each.name : `${each.name} (${each.company})`,
  );
  const more = names.length > NAMES_SHOWN ? "…" : "";
  return names.slice(0, NAMES_SHOWN).join(", ") + more;
}

// While it rings: how long the caller waits. Then: how long they talk, or talked.
export function clockOf(call) {
  if (call.answered_at) return elapsed(call.answered_at, call.ended_at);
  return elapsed(call.queued_at ?? call.started_at, call.ended_at);
}
