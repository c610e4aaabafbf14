// 待上传: what lies on the telephone, what became of it, and how it goes up: each draft until an answer came for it.
import { byId, filled, refill, show, timeOf } from "./_shape.js";
import { dropDraft, markTried, openDrafts, saveDraft } from "./_vault.js";
import { upload } from "./_server.js";

const AT_ONCE = 10;
let busy = false;

function stateWords(one) {
  const result = one.draft.result;
  if (one.tried) return ["warn", "正在等回音：可能已经传到，连上网就知道"];
  if (!result) return ["info", "待上传"];
  return result.state === "conflict" ? ["warn", "两边不一样，请您定"] : ["bad", "没有办成"];
}

function daysLeft(until) {
  const days = Math.ceil((until - Date.now()) / (24 * 60 * 60 * 1000));
  return days <= 2 ? `还有 ${days} 天就从手机上清除，请尽快上传` : "";
}

function reason(draft) {
  if (!draft.result || draft.result.state !== "refused") return "";
  const money = draft.kind === "enrolment" && draft.total_fen ? "没有登记成，收了的钱请当面退还，或者改好再传。" : "";
  return draft.result.says + money;
}

function item(one) {
  const { draft } = one, [tone, words] = stateWords(one);
  const node = filled("t-draft", {
    name: draft.name, what: (draft.kind === "enrolment" ? "参保：" : "情况：") + draft.words,
    when: `${timeOf(new Date(draft.collected_at))} 记的`, state: words, left: daysLeft(one.until), reason: reason(draft),
  });
  node.dataset.key = draft.key;
  node.querySelector("[data-f=state]").classList.add(tone);
  node.querySelectorAll("[data-name]").forEach((place) => { place.textContent = "：" + draft.name; });
  const conflict = draft.result && draft.result.state === "conflict" && !one.tried;
  show(node.querySelector("[data-do=edit]"), !one.tried);
  show(node.querySelector("[data-do=drop]"), !one.tried);
  show(node.querySelector("[data-do=retry]"), Boolean(draft.result) && !one.tried && !(conflict && draft.result.choice));
  if (conflict) node.querySelector("[data-place=sides]").append(sides(draft));
  return node;
}

// Both sides beside each other, and what the worker may choose.
function sides(draft) {
  const result = draft.result;
  const node = filled("t-sides", { says: result.says, mine: draft.words, theirs: result.theirs.join(""), choice: result.choice });
  node.querySelector("[data-do=accept]").hidden = !result.choice;
  return node;
}

export async function drawWaiting(state) {
  const found = await openDrafts(state);
  byId("count").textContent = found.length;
  refill("drafts", found.map(item));
  show(byId("waiting"), found.length > 0);
  show(byId("upload"), found.some((one) => !one.draft.result));
  return found;
}

// What stands in the drafts for each resident, in words.
export function marksOf(found) {
  const marks = {};
  for (const { draft } of found) {
    (marks[draft.resident] = marks[draft.resident] || []).push(draft.kind === "enrolment" ? "已记草稿：参保" : "已记草稿：" + draft.words);
  }
  return marks;
}

function sent(draft) {
  const { name, words, result, ...rest } = draft;
  return rest;
}

// Send what waits, oldest first. Returns {out}, {lost}, {says} or {}; `told(result, draft)` hears of each answer.
export async function uploadAll(state, told) {
  if (busy) return {};
  busy = true;
  try {
    let waiting = (await openDrafts(state)).filter((one) => !one.draft.result);
    while (waiting.length) {
      const answer = await uploadSome(state, waiting.slice(0, AT_ONCE), told);
      if (answer) return answer;
      waiting = waiting.slice(AT_ONCE);
    }
    return {};
  } finally {
    busy = false;
  }
}

async function uploadSome(state, some, told) {
  await markTried(some.map((one) => one.draft.key), true);
  const answer = await upload(some.map((one) => sent(one.draft)));
  if (answer.lost) return answer;
  if (answer.out || !answer.ok) {
    // The server took none of these: those that an earlier try may have brought there stay as they are.
    await markTried(some.filter((one) => !one.tried).map((one) => one.draft.key), false);
    return answer;
  }
  for (const result of answer.results) {
    const one = some.find((each) => each.draft.key === result.key);
    if (one) await settle(state, one, result, told);
  }
  return null;
}

async function settle(state, one, result, told) {
  if (result.state === "done") await dropDraft(one.draft.key);
  else await saveDraft(state, { ...one.draft, result }, { until: one.until });
  told(result, one.draft);
}

// The worker decided over the other side that he saw: the draft goes again and says so.
export async function accept(state, one) {
  const { result, ...draft } = one.draft;
  await saveDraft(state, { ...draft, accepted: [...draft.accepted, result.sign] }, { until: one.until });
}

export async function retry(state, one) {
  const { result, ...draft } = one.draft;
  await saveDraft(state, draft, { until: one.until });
}
