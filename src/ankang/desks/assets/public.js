// What the public page gains when scripts run: sizes change on the spot, and 朗读 where the browser has a voice.
(function () {
  "use strict";
  const tools = document.querySelector(".tools");

  function press(button, on) { button.setAttribute("aria-pressed", on ? "true" : "false"); }

  // Change what is seen at once; the server keeps the choice. Without scripts the form does both.
  function onLook(event) {
    const button = event.submitter;
    if (!button || !window.fetch) return;
    event.preventDefault();
    const form = new FormData(tools);
    form.append(button.name, button.value);
    fetch(tools.action, { method: "POST", body: form, redirect: "manual" });
    if (button.name === "size") {
      document.body.classList.remove("z1", "z2", "z3");
      document.body.classList.add("z" + button.value);
      tools.querySelectorAll("[name=size]").forEach(function (each) { press(each, each === button); });
    } else {
      const dark = document.body.classList.toggle("dark", button.value === "dark");
      button.value = dark ? "light" : "dark";
      press(button, dark);
    }
  }

  function readAloud() {
    const button = document.querySelector("[data-read-aloud]");
    const voice = window.speechSynthesis;
    if (!button || !voice || !window.SpeechSynthesisUtterance) return;
    button.hidden = false;
    function stop() { voice.cancel(); press(button, false); }
    button.addEventListener("click", function () {
      if (voice.speaking) { stop(); return; }
      const words = new SpeechSynthesisUtterance(document.getElementById("main").innerText);
      words.lang = "zh-CN";
      words.rate = 0.85;
      words.onend = stop;
      press(button, true);
      voice.speak(words);
    });
    window.addEventListener("pagehide", stop);
  }

  // A form goes once, and stays in its page while the telephone knows of no network.
  function onSend(event) {
    const form = event.target;
    if (form === tools || form.method !== "post") return;
    if (navigator.onLine === false) {
      event.preventDefault();
      tellOffline(form);
    } else if (form.dataset.sent) {
      event.preventDefault();
    } else {
      form.dataset.sent = "yes";
      window.addEventListener("pageshow", function () { delete form.dataset.sent; }, { once: true });
    }
  }

  function tellOffline(form) {
    const note = document.getElementById("no-network") || document.createElement("p");
    note.id = "no-network";
    note.className = "err";
    note.setAttribute("role", "alert");
    note.textContent = "手机现在没有网络，没有交上去。填的还在，连上网再按一次。";
    form.append(note);
  }

  document.addEventListener("submit", onSend);
  tools.addEventListener("submit", onLook);
  readAloud();
  // After `load`, when the browser has gone to the address's fragment.
  window.addEventListener("load", function () {
    const summary = document.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  });
})();
