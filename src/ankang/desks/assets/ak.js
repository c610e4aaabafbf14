// What the pages gain when scripts run. Everything works without: menus are <details>, forms are plain forms.
import { stay } from "./_stay.js";

(function () {
  "use strict";

  // <button data-print> stays hidden where nothing could be printed by it.
  function showPrintButtons() {
    document.querySelectorAll("[data-print]").forEach(function (button) { button.hidden = false; });
  }

  function onClick(event) {
    if (event.target.closest("[data-print]")) window.print();
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }

  function onKey(event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  // A form sends once, however often its button is pressed; the server's idempotency key is the proof. One marked data-once
  // leads to another page; any other may only bring a file, and can be pressed again after a while.
  function onSubmit(event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const free = function () { delete form.dataset.sent; };
    window.addEventListener("pageshow", free, { once: true });
    if (!form.matches("[data-once]")) window.setTimeout(free, 8000);
  }

  // <input data-whole="18"> says `whole` once that many letters and digits stand in it, for htmx to ask the server.
  function onInput(event) {
    const wanted = event.target.dataset.whole;
    if (!wanted || event.target.value.replace(/[^0-9A-Za-z]/g, "").length !== Number(wanted)) return;
    event.target.dispatchEvent(new CustomEvent("whole"));
  }

  function onFailure(event) {
    const box = document.getElementById("failure");
    if (!box) return;
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    box.textContent = status === 0
      ? "没有连上服务器，刚才的操作没有完成。请检查网络后再试一次。"
      : "刚才的操作没有完成（" + status + "）。请刷新页面再试；还不行，请告诉管账号的人。";
    box.hidden = false;
  }

  // After a refused form the summary of what to put right gets the focus.
  function focusSummary() {
    const summary = document.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  }

  // A long menu beside the page scrolls by itself: what is open stays in sight.
  function showPlace() {
    const here = document.querySelector(".side [aria-current]");
    if (!here) return;
    const box = here.closest(".side > div"), hidden = here.offsetTop + 2 * here.offsetHeight - box.clientHeight;
    if (hidden > 0) box.scrollTop = hidden;
  }

  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("input", onInput);
  document.addEventListener("htmx:responseError", onFailure);
  document.addEventListener("htmx:sendError", onFailure);
  window.addEventListener("load", focusSummary);  // after the browser went to the address's fragment
  document.addEventListener("htmx:afterSettle", showPrintButtons);
  stay();
  showPlace();
  showPrintButtons();
})();
