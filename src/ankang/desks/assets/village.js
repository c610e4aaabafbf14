// On every page of the village's desk: the app is installed, drafts are remembered, a log-out leaves nothing behind.
import { dropDraftsOf, dropWish, forget, readState, records, wish } from "./_vault.js";

const user = Number(document.currentScript.dataset.user);

async function leaveToOwner() {
  const state = await readState();
  if (state && state.user !== user) await forget();
  const wished = await wish();
  if (wished && wished.user !== user) await dropWish();
}

async function ownDrafts() {
  return (await records()).filter((record) => record.user === user).length;
}

async function tellDrafts() {
  const bar = document.getElementById("drafts-bar"), count = await ownDrafts();
  if (!bar) return;
  bar.hidden = !count;
  bar.querySelector("[data-count]").textContent = count;
}

// The log-out waits until the list is wiped; with drafts on the telephone the person decides first.
async function logOut(form) {
  if ((await ownDrafts()) && !form.dataset.decided) {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; });
    document.getElementById("leave-drafts").hidden = false;
    document.getElementById("leave-drafts").focus();
    return;
  }
  await dropDraftsOf(user);
  await forget();
  await dropWish();
  form.submit();
}

function onSubmit(event) {
  const form = event.target;
  if (new URL(form.action).pathname !== "/logout/") return;
  event.preventDefault();
  logOut(form);
}

function onClick(event) {
  if (!event.target.closest("[data-leave]")) return;
  const form = document.querySelector("form[action='/logout/']");
  form.dataset.decided = "yes";
  logOut(form);
}

if (window.indexedDB && window.crypto && window.crypto.subtle) {
  leaveToOwner().then(tellDrafts);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
}
if (navigator.serviceWorker) navigator.serviceWorker.register("/village/worker.js", { scope: "/village/" }).catch(() => {});
