// How a call makes itself noticed by who looks elsewhere: a notification of the desktop, a soft
// sound. Both only where the agent chose them.

const NOTES_HZ = [523.25, 659.25]; // a third upwards
const NOTE_S = 0.35;
const APART_S = 0.18;
const VOLUME = 0.08;

// Whether this browser shows notifications: "granted", "denied", "default" (it asks first), or
// "impossible" for pages that it did not reach securely.
export function permission() {
  return "Notification" in window && isSecureContext ? Notification.permission : "impossible";
}

// Show a notification; the same tag replaces, so that two windows show one. Gives it, or null.
export function notify(title, body, tag) {
  if (permission() !== "granted") return null;
  try {
    const shown = new Notification(title, { body, tag, requireInteraction: false });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    return shown;
  } catch {
    return null; // some telephones' browsers have the word and not the thing
  }
}

// The sound. A browser lets nobody make one before a key was pressed in the page, or it was clicked.
export class Chime {
  constructor() {
    this.context = new AudioContext();
    const wake = () => this.context.resume();
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wake);
  }

  get isSilent() {
    return this.context.state !== "running";
  }

  play() {
    if (this.isSilent) return;
    NOTES_HZ.forEach((hertz, n) => this.note(hertz, this.context.currentTime + n * APART_S));
  }

  note(hertz, at) {
    const loudness = new GainNode(this.context, { gain: 0 });
    const tone = new OscillatorNode(this.context, { type: "sine", frequency: hertz });
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(VOLUME, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(VOLUME / 1000, at + NOTE_S);
    tone.connect(loudness).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + NOTE_S);
  }
}
