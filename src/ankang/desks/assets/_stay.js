// What was typed survives the end of a session. A form of a page that stood long asks first whether its person is still
// logged in; who is not logs in beside it, and comes back to the form as it was. Without scripts the form goes as it is.
const PATIENCE = 25 * 60 * 1000; // a session ends after 30 minutes; public pages and log-in carry no mark and never ask

let heard = Date.now();

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
  return found ? found.slice(name.length + 1) : "";
}

// A log-in in another tab changes the token of all tabs.
function renewToken(form) {
  const field = form.querySelector("[name=csrfmiddlewaretoken]");
  if (field && cookie("csrftoken")) field.value = cookie("csrftoken");
}

// A browser that knows of no network would put its own page in the form's place.
function tellOffline(main, form) {
  const known = document.getElementById("no-network"), note = known || document.createElement("p");
  note.id = "no-network";
  note.className = "note warn mb-3";
  note.tabIndex = -1;
  note.setAttribute("role", "alert");
  note.textContent = "手机或电脑现在没有网络，没有交上去。填的还在，连上网再按一次。";
  (form || main).prepend(note);
  note.focus();
}

function tell(main, form) {
  const known = document.getElementById("gone");
  const note = known || document.createElement("div");
  if (!known) {
    note.id = "gone";
    note.className = "note warn mb-3";
    note.tabIndex = -1;
    note.setAttribute("role", "alert");
    const words = document.createElement("span"), door = document.createElement("a");
    door.href = main.dataset.door;
    door.target = "_blank";
    door.textContent = "点这里重新登录（开新页）";
    words.append("太久没动，登录过期了。刚才填的还在这一页，没有交上去。请先", door, "，登录好了关掉那一页，回到这里再按一次。");
    note.append(words);
  }
  (form || main).prepend(note);
  note.focus();
}

async function ask(main, form, button) {
  let isHere = true; // nobody answers: the browser's own words are better than ours
  try {
    isHere = (await (await fetch(main.dataset.here, { cache: "no-store" })).json()).here;
  } catch { /* no network */ }
  if (!isHere) return tell(main, form);
  heard = Date.now();
  renewToken(form);
  form.requestSubmit(button);
}

function onSubmit(event) {
  const main = document.querySelector("[data-here]"), form = event.target;
  if (!main || form.method !== "post") return;
  renewToken(form);
  if (navigator.onLine === false) {
    event.preventDefault();
    event.stopImmediatePropagation();
    tellOffline(main, form);
    return;
  }
  if (Date.now() - heard < PATIENCE) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(main, form, event.submitter);
}

// What htmx asked was answered by the log-in page: that belongs into no form.
function onAnswer(event) {
  const main = document.querySelector("[data-here]"), address = event.detail.xhr.responseURL;
  heard = Date.now();
  if (!main || !address || new URL(address).pathname !== main.dataset.door) return;
  event.detail.shouldSwap = false;
  tell(main, event.detail.elt.closest("form"));
}

export function stay() {
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("htmx:beforeSwap", onAnswer);
}
