// Durations that go on while one looks, by the server's clock: a browser's may be wrong.

let ahead = 0; // milliseconds that this browser's clock is ahead of the server's

export function setServerTime(iso) {
  ahead = Date.now() - Date.parse(iso);
}

// "0:42", "12:07", "1:02:07" since that moment, or until the second one.
export function elapsed(since, until = null) {
  const end = until ? Date.parse(until) : Date.now() - ahead;
  const seconds = Math.max(0, Math.floor((end - Date.parse(since)) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
