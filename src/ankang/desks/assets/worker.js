// The service worker of /village/: the page 离线登记 and what it loads are kept, whatever else was asked for falls back to it.
// Nobody's data passes through here: pages are shown, never stored; the list and the drafts are the page's own business.
/* global self, caches, ANKANG */
(function () {
  "use strict";

  const PREFIX = "ankang-offline-", NAME = PREFIX + ANKANG.version;

  function keep() {
    return caches.open(NAME).then(function (cache) {
      return cache.addAll([ANKANG.page].concat(ANKANG.files).map(function (address) {
        return new Request(address, { cache: "reload" });
      }));
    });
  }

  function dropOlder() {
    return caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) { return name.startsWith(PREFIX) && name !== NAME; })
        .map(function (name) { return caches.delete(name); }));
    });
  }

  function kept(address) {
    return caches.open(NAME).then(function (cache) { return cache.match(address); });
  }

  // A page that does not come is answered by the one that is kept; a form that did not arrive comes back as it was.
  function open(request) {
    const form = request.method === "GET" ? null : request.clone();
    return fetch(request).catch(function () {
      if (request.isHistoryNavigation || request.cache === "only-if-cached") return afresh(request.url);
      return form ? sendAgain(form) : kept(ANKANG.page);
    });
  }

  function escaped(text) {
    return text.replace(/[&<>"]/g, function (sign) { return "&#" + sign.charCodeAt(0) + ";"; });
  }

  // A page that holds what was typed and nothing else: no store of ours sees it. The form's own key lets it count once.
  function sendAgain(request) {
    return request.formData().then(function (data) {
      let fields = "", files = "";
      data.forEach(function (value, name) {
        if (typeof value !== "string") { if (value.size) files = ANKANG.files_lost; return; }
        fields += '<input type="hidden" name="' + escaped(name) + '" value="' + escaped(value) + '">';
      });
      const page = ANKANG.again.replace("ADDRESS", escaped(request.url)).replace("FILES", files).replace("FIELDS", function () { return fields; });
      return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'self'; form-action 'self'" } });
    }).catch(function () { return Response.redirect(ANKANG.page + "?not-sent", 303); });
  }

  // Back to the answer of a form: no browser sends a form twice for that, and it did arrive. The form's page opens anew.
  function afresh(address) {
    return fetch(address, { credentials: "same-origin", redirect: "manual" }).then(function (answer) {
      return answer.status < 400 ? answer : Response.redirect(ANKANG.home, 303);
    }, function () { return kept(ANKANG.page); });
  }

  function ownPage(request) {
    return kept(ANKANG.page).then(function (page) { return page || fetch(request); });
  }

  function answer(event) {
    const request = event.request, address = new URL(request.url);
    if (address.origin !== self.location.origin) return;
    if (request.mode === "navigate") {
      event.respondWith(address.pathname === ANKANG.page ? ownPage(request) : open(request));
    } else if (request.method === "GET" && ANKANG.files.includes(address.pathname)) {
      event.respondWith(kept(address.pathname).then(function (file) { return file || fetch(request); }));
    }
  }

  self.addEventListener("install", function (event) { event.waitUntil(keep().then(function () { return self.skipWaiting(); })); });
  self.addEventListener("activate", function (event) {
    event.waitUntil(dropOlder().then(function () { return self.clients.claim(); }));
  });
  self.addEventListener("fetch", answer);
})();
