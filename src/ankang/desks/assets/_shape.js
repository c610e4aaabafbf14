// Small steps with the page: a template filled with text, never with markup.
export function byId(id) {
  return document.getElementById(id);
}

// Return a copy of <template id=...>; `texts`: name -> text for the elements marked data-f="name", hidden when empty.
export function filled(template, texts) {
  const node = byId(template).content.firstElementChild.cloneNode(true);
  for (const place of node.querySelectorAll("[data-f]")) {
    const text = texts[place.dataset.f];
    if (text === undefined) continue;
    place.textContent = text;
    place.hidden = text === "";
  }
  return node;
}

// Put these nodes in the place of what an element holds.
export function refill(id, nodes) {
  byId(id).textContent = "";
  byId(id).append(...nodes);
}

// Return a new key for a draft: 128 random bits.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function show(element, isShown) {
  element.hidden = !isShown;
}

// Return a labelled radio or tick, as the forms of the desk have them.
export function choice({ type = "radio", name, value, text, checked = false }) {
  const label = document.createElement("label"), input = document.createElement("input");
  label.className = "opt";
  input.className = "rd";
  Object.assign(input, { type, name, value, checked, id: `${name}-${value}` });
  label.htmlFor = input.id;
  label.append(input, text);
  return label;
}

export function dayOf(instant) {
  const parts = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric" });
  const found = Object.fromEntries(parts.formatToParts(instant).map((part) => [part.type, part.value]));
  return `${found.month}月${found.day}日`;
}

export function timeOf(instant) {
  const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${dayOf(instant)} ${clock.format(instant)}`;
}

// The calendar day in the office's zone as 2024-03-04, some days on.
export function isoDay(instant, daysOn = 0) {
  const moved = new Date(instant.getTime() + daysOn * 24 * 60 * 60 * 1000);
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(moved);
}
