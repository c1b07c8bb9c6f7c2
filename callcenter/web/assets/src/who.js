// Who is calling: the page of that, opened beside the card, so that the card stays in sight.

import { loadDocument } from "./regions.js";

export function startWho() {
  const dialog = document.getElementById("caller-dialog");
  const place = document.getElementById("caller-place");
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".card-caller");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.getAttribute("href"));
  });
  // Closed by itself once somebody was chosen: the card says who.
  new MutationObserver(() => {
    if (place.querySelector("[data-done]")) dialog.close();
  }).observe(place, { childList: true });
  dialog.addEventListener("close", () => place.replaceChildren());

  async function open(address) {
    const page = await loadDocument(address, { stay: true }).catch(() => null);
    const region = page?.getElementById("caller");
    if (!region) {
      location.assign(address); // the page itself says what is the matter
      return;
    }
    place.replaceChildren(document.adoptNode(region));
    if (!dialog.open) dialog.showModal();
    place.querySelector("[name=contact], [type=search]").focus();
  }
}
