// Fill a copy of a server-made template. Text goes in as text, never as HTML.

export function copyOf(templateId) {
  return document.getElementById(templateId).content.firstElementChild.cloneNode(true);
}

// texts: by the name in data-text. shown: the names in data-when that hold. links: by data-link.
export function fill(node, { texts = {}, shown = new Set(), links = {} }) {
  for (const place of node.querySelectorAll("[data-text]")) {
    const text = texts[place.dataset.text] ?? "";
    if (place.textContent !== text) place.textContent = text;
  }
  for (const place of node.querySelectorAll("[data-when]")) {
    place.hidden = !shown.has(place.dataset.when);
  }
  for (const place of node.querySelectorAll("[data-link]")) {
    const target = links[place.dataset.link];
    if (target) place.setAttribute("href", target);
    else place.removeAttribute("href");
  }
}
