// What the page knows of calls, and nothing of how it looks: messages in, calls to show out.
//
// A message is {data, shown}: a call or a ticket in the API's shape, and beside it what only the
// server can tell (the number as people read it, where the ticket is).

export class Board {
  constructor(me) {
    this.me = me;
    this.calls = new Map(); // id to message; calls that are over stay only while mine is shown
    this.lastMine = null; // id of the call I answered last
  }

  // Begin anew with the calls of this moment. My last one stays, as over, when it is not among them.
  load(messages, now) {
    const mine = this.calls.get(this.lastMine);
    this.calls = new Map(messages.map((message) => [message.data.id, message]));
    if (mine && !this.calls.has(this.lastMine)) {
      const over = { ...mine.data, state: "ended", ended_at: mine.data.ended_at ?? now };
      this.calls.set(this.lastMine, { ...mine, data: over });
    }
    for (const message of messages) this.noteMine(message);
  }

  // Take a call as it is now. Gives what became of it, when that is worth a line: "taken", "missed".
  takeCall(message) {
    const call = message.data;
    const before = this.calls.get(call.id);
    this.calls.set(call.id, message);
    this.noteMine(message);
    if (call.state === "ended" && call.id !== this.lastMine) this.calls.delete(call.id);
    if (before?.data.state !== "ringing" || call.state === "ringing") return null;
    if (call.state === "talking") return this.isMine(message) ? null : "taken";
    return call.answered_at ? null : "missed";
  }

  // Logins of the agents for whom a call rings, with since when.
  get ringingAgents() {
    const found = new Map();
    for (const { data: call } of this.calls.values()) {
      for (const leg of call.state === "ended" ? [] : call.legs) {
        if (leg.agent && !leg.answered_at && !leg.ended_at) found.set(leg.agent, leg.offered_at);
      }
    }
    return found;
  }

  // Take a ticket. Gives whether a call that is shown has it.
  takeTicket({ data: ticket, shown }) {
    const message = this.calls.get(ticket.call);
    if (!message) return false;
    const state = message.data.ticket?.state;
    const qualified = state === "qualified" || ticket.status === "complete";
    const about = { number: ticket.number, state: qualified ? "qualified" : "ticketed" };
    this.calls.set(ticket.call, {
      data: { ...message.data, ticket: about },
      shown: { ...message.shown, ticket: shown.ticket },
    });
    return true;
  }

  noteMine(message) {
    if (this.isMine(message)) {
      if (this.lastMine && this.lastMine !== message.data.id) this.forgetOver(this.lastMine);
      this.lastMine = message.data.id;
    }
  }

  forgetOver(id) {
    if (this.calls.get(id)?.data.state === "ended") this.calls.delete(id);
  }

  isMine({ data: call }) {
    return call.state !== "ended" && winners(call).some((leg) => leg.agent === this.me);
  }

  get current() {
    return [...this.calls.values()]
      .filter(({ data }) => data.state !== "ended")
      .sort((one, other) => Date.parse(one.data.started_at) - Date.parse(other.data.started_at));
  }

  get ringing() {
    return this.current.filter((message) => this.rings(message));
  }

  // For everybody while nobody has it; later, as at a transfer, for who is asked to take it.
  rings({ data: call }) {
    if (call.state !== "talking") return call.state === "ringing";
    const answered = Date.parse(call.answered_at);
    return call.legs.some(
      (leg) =>
        leg.agent === this.me &&
        !leg.answered_at &&
        !leg.ended_at &&
        Date.parse(leg.offered_at) > answered,
    );
  }

  // The one call in the large place: mine; else what rings longest; else mine that is over, until
  // its ticket says what it was.
  get main() {
    const last = this.calls.get(this.lastMine);
    if (last && this.isMine(last)) return last;
    return this.ringing[0] ?? (last && !isDone(last) ? last : null);
  }
}

function isDone({ data: call }) {
  return call.state === "ended" && ["qualified", "exempt"].includes(call.ticket?.state);
}

// Legs that talk now; after the end, those that talked.
export function winners(call) {
  const answered = call.legs.filter((leg) => leg.answered_at);
  const talking = answered.filter((leg) => !leg.ended_at);
  return talking.length || call.state !== "ended" ? talking : answered;
}
