// The page of preferences: asks the browser for its leave to notify, and lets one try.

import { Chime, notify, permission } from "./alerts.js";

export function startPreferences() {
  const form = document.querySelector(".preferences");
  const { notifications, sound } = form.elements;
  const attempt = document.getElementById("try");
  let chime = null;
  const show = () => {
    const said = { denied: "denied", impossible: "impossible" }[permission()] ?? "plain";
    for (const hint of form.querySelectorAll("[data-when]")) hint.hidden = hint.dataset.when !== said;
    attempt.hidden = !notifications.checked && !sound.checked;
  };
  notifications.addEventListener("change", async () => {
    if (notifications.checked && permission() === "default") await Notification.requestPermission();
    show();
  });
  sound.addEventListener("change", show);
  attempt.addEventListener("click", async () => {
    if (notifications.checked) notify(document.title, document.body.dataset.try, "try");
    if (!sound.checked) return;
    chime ??= new Chime();
    await chime.context.resume();
    chime.play();
  });
  show();
}
