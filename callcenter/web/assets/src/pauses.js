// The pauses to choose from, in the bar of every page. F8 opens them and a digit, or the arrows and
// Enter, choose one; Escape closes them. On a pause F8 ends it.

const menu = () => document.getElementById("pause");
let heldBefore = null; // what had the focus when they were opened

export function startPauses() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", closeUnless);
}

function pressed(event) {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const pause = menu();
  if (event.key === "F8") {
    event.preventDefault();
    if (!event.repeat) open(pause);
  } else if (pause?.open && event.key === "Escape") {
    close(pause);
  } else if (pause?.open && pause.contains(event.target)) {
    choose(pause, event);
  }
}

function open(pause) {
  if (!pause) document.getElementById("resume")?.click();
  else if (pause.open) close(pause);
  else {
    heldBefore = document.activeElement;
    pause.open = true;
    pause.querySelector("button").focus();
  }
}

function close(pause) {
  pause.open = false;
  (heldBefore?.isConnected ? heldBefore : pause.querySelector("summary")).focus();
}

function choose(pause, event) {
  const buttons = [...pause.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const at = buttons.indexOf(document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length].focus();
  } else {
    const button = buttons.find((each) => each.getAttribute("aria-keyshortcuts") === event.key);
    if (!button) return;
    event.preventDefault();
    button.click();
    (heldBefore?.isConnected ? heldBefore : document.body).focus();
  }
}

function closeUnless(event) {
  const pause = menu();
  if (pause?.open && !pause.contains(event.target)) pause.open = false;
}
