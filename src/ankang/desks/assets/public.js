// 朗读: reads the page aloud where the browser can. The button is not there without scripts.
(function () {
  "use strict";
  const button = document.querySelector("[data-read-aloud]");
  const voice = window.speechSynthesis;
  if (!button || !voice || !window.SpeechSynthesisUtterance) return;
  button.hidden = false;

  function stop() {
    voice.cancel();
    button.setAttribute("aria-pressed", "false");
  }

  button.addEventListener("click", function () {
    if (voice.speaking) { stop(); return; }
    const words = new SpeechSynthesisUtterance(document.getElementById("main").innerText);
    words.lang = "zh-CN";
    words.rate = 0.85;
    words.onend = stop;
    button.setAttribute("aria-pressed", "true");
    voice.speak(words);
  });
  window.addEventListener("pagehide", stop);
})();
