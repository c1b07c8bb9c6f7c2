// Forms marked data-enhance are sent without leaving the page, so that what is being written in
// another form stays. Without a script they are sent as any form is.

import { SignedOutError, loadDocument, replaceRegions } from "./regions.js";

let enhanced = false;

// For every form of the page, also those that come later. Parts of a page may each ask for it.
export function enhanceForms() {
  if (enhanced) return;
  enhanced = true;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-enhance]")) return;
    event.preventDefault();
    send(form, event.submitter);
  });
}

async function send(form, button) {
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  button?.setAttribute("aria-disabled", "true");
  const problem = form.querySelector(".problem");
  problem.textContent = "";
  try {
    if (form.dataset.stale) await renewTokens();
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.append(button.name, button.value);
    show(form, await loadDocument(form.action, { body, stay: true }));
  } catch (error) {
    // What was written stays, to be sent again.
    const signedOut = error instanceof SignedOutError;
    problem.textContent = signedOut ? form.dataset.signedOut : form.dataset.unsent;
    if (signedOut) form.dataset.stale = "yes";
  } finally {
    delete form.dataset.sending;
    button?.removeAttribute("aria-disabled");
  }
}

// Who signed in again, in another window, has another session: its token goes into the forms here.
async function renewTokens() {
  const page = await loadDocument(location.pathname, { stay: true });
  const { value } = page.querySelector("[name=csrf_token]");
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = value;
}

function show(form, page) {
  const region = form.closest("[data-region]");
  if (page.getElementById(region.id)) {
    replaceRegions(page, { except: (other) => other !== region && isBeingWritten(other) });
    document.querySelector(`#${region.id} [aria-invalid]`)?.focus();
  } else {
    form.submit(); // refused: the browser's own way shows the page that says why
  }
}

export function isBeingWritten(region) {
  const fields = [...region.querySelectorAll("input:not([type=hidden]), textarea")];
  const options = [...region.querySelectorAll("option")];
  return (
    fields.some((field) => field.value !== field.defaultValue) ||
    options.some((option) => option.selected !== option.defaultSelected)
  );
}
