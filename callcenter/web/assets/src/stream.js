// The page's live stream: one EventSource, resumed by the number of the last event.
//
// The browser reconnects by itself after a cut, but gives up for good on an error status, and does
// not notice a peer that is gone without a word. Both are minded here.

const SILENCE_MS = 40_000; // the server says something every 15 s
const WATCH_MS = 5_000;
const RETRY_MS = 2_000;
const RETRY_SPREAD_MS = 3_000; // a service that comes back is not met by everybody at once

export class Stream {
  // after: number of the last event that the page knows. types: names of the events to hear.
  // onEvent(type, seq, message); onLink("live" | "lost"); reload(): loads the page's state anew,
  // gives its number, and throws when it cannot. asides: handlers, by name, of what comes beside the
  // events, without a number: it is not resumed, but said anew at each connection.
  constructor({ after, types, onEvent, onLink, reload, asides = {} }) {
    Object.assign(this, { after, types, onEvent, onLink, reload, asides });
    this.turn = 0; // counts the times that it was closed: who waited since before gives up
    this.open();
    setInterval(() => this.watch(), WATCH_MS);
  }

  open() {
    this.heardAt = performance.now();
    const source = new EventSource(`/live?after=${this.after}`);
    this.source = source;
    source.addEventListener("open", () => this.hear("live"));
    source.addEventListener("error", () => this.lose(source));
    source.addEventListener("beat", () => this.hear("live"));
    source.addEventListener("stale", () => this.restart());
    for (const type of this.types) {
      source.addEventListener(type, (event) => this.take(type, event));
    }
    for (const [name, handler] of Object.entries(this.asides)) {
      source.addEventListener(name, (event) => {
        if (source === this.source) handler(JSON.parse(event.data));
      });
    }
  }

  hear(link) {
    this.heardAt = performance.now();
    this.onLink(link);
  }

  take(type, event) {
    if (event.target !== this.source) return;
    this.hear("live");
    const seq = Number(event.lastEventId);
    if (seq <= this.after) return;
    this.after = seq;
    this.onEvent(type, seq, JSON.parse(event.data));
  }

  // Load the page's state anew at once. Nothing is heard meanwhile, and then what follows that
  // state: an event that came between the two would be undone by it.
  refresh() {
    this.close();
    this.comeBack();
  }

  // Hear nothing until the next refresh.
  close() {
    this.source?.close();
    this.source = null;
    this.turn += 1;
  }

  lose(source) {
    this.onLink("lost");
    if (source === this.source && source.readyState === EventSource.CLOSED) this.restart();
  }

  watch() {
    if (this.source && performance.now() - this.heardAt > SILENCE_MS) this.restart();
  }

  restart() {
    this.onLink("lost");
    this.close();
    const { turn } = this;
    const again = () => turn === this.turn && this.comeBack();
    setTimeout(again, RETRY_MS + Math.random() * RETRY_SPREAD_MS);
  }

  async comeBack() {
    const { turn } = this;
    const after = await this.reload().catch(() => null);
    if (turn !== this.turn) return;
    if (after === null) {
      this.restart();
    } else {
      this.after = after;
      this.open();
    }
  }
}
