// The two forms: an enrolment and a follow-up. They say nothing that the server did not say; they check what is missing.
import { byId, choice, filled, isoDay, refill, show } from "./_shape.js";
import { serverNow } from "./_vault.js";

let open = null;  // {kind, person, content, state, draft, save}

function start(kind, facts, title) {
  open = { kind, ...facts };
  byId("editor-title").textContent = title;
  byId("editor-wrong").textContent = "";
  show(byId("editor-wrong"), false);
  show(byId("enrol-fields"), kind === "enrolment");
  show(byId("follow-fields"), kind === "follow_up");
  show(byId("editor"), true);
  byId("editor-title").focus();
}

export function closeEditor() {
  open = null;
  show(byId("editor"), false);
}

// facts: {person, content, state, draft (one that is changed, or null), save}.
export function editEnrolment(facts) {
  const offer = facts.person.offer;
  start("enrolment", facts, `给${facts.person.name}记参保`);
  byId("editor-who").textContent = `${facts.person.age} 周岁，证号尾号 ${facts.person.tail}` +
    (offer.refusal ? "" : `，保障${offer.cover}（上传后以系统为准）`);
  const message = offer.refusal || "";
  byId("editor-refusal").textContent = message;
  show(byId("editor-refusal"), Boolean(message));
  show(byId("enrol-choices"), !message);
  show(byId("save"), !message);
  if (!message) fillEnrolment();
}

function fillEnrolment() {
  const { person, content, draft } = open, offer = person.offer;
  show(byId("for-sale"), !offer.government);
  show(byId("by-government"), Boolean(offer.government));
  refill("notes", offer.notes.map((place) => filled("t-note", { text: content.notes[place] })));
  if (offer.government) {
    byId("government-name").textContent = `${offer.government.name} × ${offer.government.units}份，政府出钱，不收老人的钱`;
    refill("government-sheet", [sheet(offer.government.sheet)]);
  } else {
    const products = content.products.filter((product) => product.code in offer.cards);
    const picked = draft ? draft.product : products[0].code;
    refill("products", products.map((product) => plan(product, picked)));
    radios("unit-choices", "units", Array.from({ length: offer.left }, (_, at) => [String(at + 1), `${at + 1}份`]), draft ? String(draft.units) : "1");
    radios("payer-choices", "payer", content.payers, draft ? draft.payer : "self");
    radios("consent-choices", "consent", content.consents, draft ? draft.consent : "resident");
    byId("agree").checked = Boolean(draft);
  }
  total();
}

function plan(product, picked) {
  const node = filled("t-plan", {});
  node.querySelector(".ph").append(choice({ name: "product", value: product.code, text: product.name, checked: product.code === picked }));
  node.append(sheet(open.person.offer.cards[product.code]));
  return node;
}

function sheet(place) {
  const table = filled("t-sheet", { title: `每1份的保障，按保障第一天 ${open.person.offer.age} 周岁` });
  for (const [name, words] of open.content.sheets[place]) {
    table.querySelector("tbody").append(filled("t-line", { name, words }));
  }
  return table;
}

function radios(place, name, pairs, picked) {
  refill(place, pairs.map(([value, text]) => choice({ name, value, text, checked: value === picked })));
}

function picked(name) {
  const input = document.querySelector(`#editor input[name="${name}"]:checked`);
  return input ? input.value : "";
}

// What the server said this costs; nothing is computed here.
function price() {
  const product = open.content.products.find((one) => one.code === picked("product"));
  return (product && product.amounts[Number(picked("units")) - 1]) || { fen: 0, yuan: "0.00" };
}

function total() {
  if (!open || open.kind !== "enrolment") return;
  byId("total").textContent = `${open.person.offer.government ? "0.00" : price().yuan} 元`;
}

export function editFollowUp(facts, outcome) {
  const { content, state, draft } = facts;
  start("follow_up", facts, `记${facts.person.name}的情况`);
  byId("editor-who").textContent = `${facts.person.age} 周岁，证号尾号 ${facts.person.tail}`;
  show(byId("save"), true);
  show(byId("editor-refusal"), false);
  radios("outcome-choices", "outcome", content.outcomes, draft ? draft.outcome : outcome);
  const now = serverNow(state), day = byId("again-on");
  [day.min, day.max] = [isoDay(now), isoDay(now, content.farthest)];
  day.value = (draft && draft.again_on) || isoDay(now, 1);
  byId("note").maxLength = content.longest_note;
  byId("note").value = draft ? draft.note : "";
}

function enrolmentFilled() {
  const { person } = open, government = person.offer.government;
  if (government) {
    return {
      kind: "enrolment", product: government.code, units: government.units, payer: "government", consent: "", total_fen: 0,
      words: `${government.name} × ${government.units}份，政府出钱，不收钱`,
    };
  }
  if (!byId("agree").checked) throw new Error("还没有勾选“已念给老人听”。念给老人听，老人（或家属）同意了，打勾再存。");
  const product = open.content.products.find((one) => one.code === picked("product"));
  const payer = open.content.payers.find(([value]) => value === picked("payer"));
  return {
    kind: "enrolment", product: product.code, units: Number(picked("units")), payer: payer[0], consent: picked("consent"),
    total_fen: price().fen, words: `${product.name} × ${picked("units")}份，${payer[1]}出 ${price().yuan} 元（待上传确认）`,
  };
}

function followUpFilled() {
  return followUp(open.content, picked("outcome"), byId("again-on").value, byId("note").value.trim());
}

export function followUp(content, outcome, day, note) {
  const found = content.outcomes.find(([value]) => value === outcome);
  if (!found) throw new Error("请点一个结果。");
  const again = outcome === "again" ? day : "";
  if (outcome === "again" && !again) throw new Error("再联系要选一个日子。");
  return { kind: "follow_up", outcome, again_on: again || null, note, words: found[1] + (again ? `，${again}` : "") + (note ? `：${note}` : "") };
}

export function listenToEditor() {
  byId("editor").addEventListener("change", total);
  byId("cancel").addEventListener("click", closeEditor);
  byId("editor").addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      const facts = open.kind === "enrolment" ? enrolmentFilled() : followUpFilled();
      open.save(facts, open.person, open.draft);
    } catch (problem) {
      byId("editor-wrong").textContent = problem.message;
      show(byId("editor-wrong"), true);
      byId("editor-wrong").focus();
    }
  });
}
