// Parts of a page, marked data-region, that are replaced by what the server says of them now.

export class SignedOutError extends Error {}

// Load a page of ours as a document, without writing any HTML by hand. Where the way leads to the
// sign-in, the whole page goes there, unless it is to stay for what is being written on it.
export function loadDocument(url, { body = null, stay = false } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", url);
    request.responseType = "document";
    request.timeout = 20_000;
    request.onload = () => {
      const page = request.response;
      if (page?.body.dataset.page === "sign-in") {
        if (!stay) location.assign("/sign-in");
        reject(new SignedOutError());
      } else if (page && request.status < 500) {
        resolve(page);
      } else {
        reject(new Error(`status ${request.status}`));
      }
    };
    request.onerror = request.ontimeout = () => reject(new Error("no answer"));
    request.send(body);
  });
}

// Replace each region by its like in the page; those that are excepted stay. What had the focus
// has it again, by its id or by where it leads; where it is gone, its region has it.
export function replaceRegions(page, { except = () => false } = {}) {
  const focused = document.activeElement;
  for (const region of document.querySelectorAll("[data-region]")) {
    const fresh = page.getElementById(region.id);
    if (!fresh || except(region)) continue;
    const held = region.contains(focused) ? addressOf(focused) : null;
    region.replaceWith(document.adoptNode(fresh));
    if (held) focusOn(fresh.querySelector(held) ?? fresh);
  }
}

function focusOn(element) {
  if (element.matches("[data-region]")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function addressOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const target = element.getAttribute("href");
  if (target) return `a[href="${CSS.escape(target)}"]`;
  const action = element.form?.getAttribute("action");
  return action ? `form[action="${CSS.escape(action)}"] button` : null;
}
