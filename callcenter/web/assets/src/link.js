// Whether the page is connected, in its header.

export function showLink(state) {
  const link = document.getElementById("connection");
  if (link && link.dataset.state !== state) link.dataset.state = state;
}
