// Durations that go on while one looks, by the server's clock: a browser's may be wrong.

const LOCALES = { en: "en-GB", fr: "fr-FR" }; // 24 hours, the day before the month
const DAY_S = 86_400;
const SPANS = [["year", 365 * DAY_S], ["month", 30 * DAY_S], ["week", 7 * DAY_S], ["day", DAY_S]];

let ahead = 0; // milliseconds that this browser's clock is ahead of the server's

export function setServerTime(iso) {
  ahead = Date.now() - Date.parse(iso);
}

// Whether that moment has come.
export function hasCome(iso) {
  return Date.parse(iso) <= Date.now() - ahead;
}

// "09:12", the time of day.
export function timeOfDay() {
  return moment(new Date(Date.now() - ahead).toISOString());
}

// "0:42", "12:07", "1:02:07" since that moment, or until the second one.
export function elapsed(since, until = null) {
  const end = until ? Date.parse(until) : Date.now() - ahead;
  const seconds = Math.max(0, Math.floor((end - Date.parse(since)) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// The same until that moment; "0:00" once it has come.
export function remaining(until) {
  const now = new Date(Date.now() - ahead).toISOString();
  return elapsed(now, until);
}

// Let the clocks in a part of the page go on: data-since is from when one runs, data-until until when.
export function tickClocks(part) {
  for (const place of part.querySelectorAll("[data-since], [data-until]")) {
    const { since, until } = place.dataset;
    const text = until ? remaining(until) : since && elapsed(since);
    if (place.textContent !== text) place.textContent = text;
  }
}

// The same for the whole page, each second.
export function startClocks() {
  setInterval(() => tickClocks(document), 1000);
}

// "09:12" of today, "24/11/2026" of another day; by the site's clock, whatever this machine's is.
export function moment(iso) {
  const timeZone = document.documentElement.dataset.timezone;
  const days = written({ dateStyle: "short", timeZone });
  const then = new Date(iso);
  if (days.format(then) !== days.format(Date.now() - ahead)) return days.format(then);
  return written({ timeStyle: "short", timeZone }).format(then);
}

// A day, "2026-11-24", as people write it.
export function day(iso) {
  return written({ dateStyle: "short", timeZone: "UTC" }).format(new Date(iso));
}

// "3 weeks ago", "today": in whole days and longer spans.
export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - ahead - Date.parse(iso)) / 1000);
  const [unit, length] = SPANS.find(([, each]) => seconds >= each) ?? ["day", DAY_S];
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  return words.format(-Math.floor(seconds / length), unit);
}

function written(options) {
  return new Intl.DateTimeFormat(locale(), options);
}

function locale() {
  const { lang } = document.documentElement;
  return LOCALES[lang] ?? lang;
}
