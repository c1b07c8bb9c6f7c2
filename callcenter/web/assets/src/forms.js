// Forms marked data-enhance are sent without leaving the page, so that what is being written in
// another form stays. Without a script they are sent as any form is.

import { loadDocument, replaceRegions } from "./regions.js";

export function enhanceForms() {
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
  const region = form.closest("[data-region]");
  try {
    const page = await loadDocument(form.action, new URLSearchParams(new FormData(form)));
    if (!page.getElementById(region.id)) throw new Error("another page came");
    replaceRegions(page, { except: (other) => other !== region && isBeingWritten(other) });
    document.querySelector(`#${region.id} [aria-invalid]`)?.focus();
  } catch {
    form.submit(); // the browser's own way shows what is wrong
  } finally {
    delete form.dataset.sending;
    button?.removeAttribute("aria-disabled");
  }
}

function isBeingWritten(region) {
  return [...region.querySelectorAll("input:not([type=hidden]), textarea")].some(
    (field) => field.value !== field.defaultValue,
  );
}
