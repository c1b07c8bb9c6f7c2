// What happens on the agent's page, told to every part that asked: a part registers what it wants to
// hear of, and console.js knows nothing of it.
//
// Types are those of the event stream ("call.answered", "ticket.updated"), a noun of it for all of its
// types ("call"), and these of the page itself:
//   "loaded"   the page was loaded, or loaded anew after something was missed; message: the document
//              as the server made it (at first the page's own)
//   "mine"     a call became mine: message as of a call
//   "ringing"  calls begin or cease to ring; message: a Map of the logins for whom one does, to since when
//   "dossier"  more is known of a caller; message: {call, dossier}, as db/dossiers.py has it
//   "shown"    the card shows another call, or none; message as of a call, or null

const handlers = new Map();

// handler(message, type). Messages of the stream are {data, shown}, as board.js says.
export function on(type, handler) {
  if (!handlers.has(type)) handlers.set(type, []);
  handlers.get(type).push(handler);
}

export function tell(type, message) {
  const noun = type.split(".")[0];
  for (const name of new Set([type, noun])) {
    for (const handler of handlers.get(name) ?? []) attempt(handler, message, type);
  }
}

// A part that fails must not take the card with it.
function attempt(handler, message, type) {
  try {
    handler(message, type);
  } catch (error) {
    reportError(error);
  }
}
