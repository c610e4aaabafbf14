// The village's people as they stood when the list was taken: searched, filtered, twenty at a time.
import { byId, filled, isoDay, refill, show } from "./_shape.js";
import { serverNow } from "./_vault.js";

const STEP = 20;
let shown = STEP;

function isDue(person, today) {
  return !person.units && person.again_on !== "" && person.again_on <= today;
}

function wanted(state, content) {
  const text = byId("seek").value.trim(), which = byId("which").value, today = isoDay(serverNow(state));
  return content.people.filter((person) => {
    if (text) return [person.name, person.household, person.tail, person.address].some((part) => part.includes(text));
    if (which === "waiting") return !person.units;
    if (which === "due") return isDue(person, today);
    return which === "mine" ? person.mine : true;
  });
}

function lastWords(person) {
  if (!person.said) return person.units ? "" : "没联系过";
  const again = person.again_on ? `，${person.again_on}再联系` : "";
  return `${person.said}（${person.said_on} ${person.said_by}）${again}${person.note ? "：" + person.note : ""}`;
}

function phoneWords(person) {
  const parts = [person.phones[0] && `本人电话尾号 ${person.phones[0]}`, person.phones[1] && `子女电话尾号 ${person.phones[1]}`];
  return parts.filter(Boolean).join("，");
}

// Return one person's card. `marks`: what lies in the drafts for this person, in words, by resident.
function card(person, content, marks, today) {
  const node = filled("t-person", {
    name: person.name, age: `${person.age} 周岁`, groups: person.groups && `必保：${person.groups}`,
    due: isDue(person, today) ? "今天要联系" : "", held: person.units ? `已参保 ${person.units} 份` : "",
    where: [`证号尾号 ${person.tail}`, person.household && `户号 ${person.household}`, person.address].filter(Boolean).join(" · "),
    last: lastWords(person), phones: phoneWords(person), detail: person.held, worker: person.worker && `归${person.worker}`,
    draft: (marks[person.id] || []).join("、"),
  });
  node.dataset.resident = person.id;
  node.querySelectorAll("[data-name]").forEach((place) => { place.textContent = "：" + person.name; });
  const taps = node.querySelector(".taps");
  for (const [value, label] of content.outcomes) {
    if (value !== "again" && value !== "paid" && !person.units) taps.append(tap(value, label, person));
  }
  show(node.querySelector("[data-do=again]"), !person.units);
  return node;
}

function tap(value, label, person) {
  const button = filled("t-tap", { label });
  button.dataset.outcome = value;
  button.querySelector(".visually-hidden").textContent = "：" + person.name;
  return button;
}

export function drawPeople(state, content, marks) {
  const found = wanted(state, content), today = isoDay(serverNow(state));
  refill("people", found.slice(0, shown).map((person) => card(person, content, marks, today)));
  byId("found").textContent = found.length ? `${found.length} 人` : "没有这样的人，换个条件看看。";
  show(byId("more"), found.length > shown);
}

export function listenToFilters(redraw) {
  const again = () => { shown = STEP; redraw(); };
  byId("seek").addEventListener("input", again);
  byId("which").addEventListener("change", again);
  byId("more").addEventListener("click", () => { shown += STEP; redraw(); });
}
