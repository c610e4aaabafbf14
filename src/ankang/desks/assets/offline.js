// The page 离线登记: reads the list that the telephone keeps, writes drafts, sends them up when the network is back.
import { byId, filled, newKey, show, timeOf } from "./_shape.js";
import { dropDraft, dropExpired, dropWish, forget, keepList, openList, readState, records, saveDraft, serverNow, wish } from "./_vault.js";
import { mayKeep, takeList } from "./_server.js";
import { closeEditor, editEnrolment, editFollowUp, followUp, listenToEditor } from "./_editor.js";
import { drawPeople, listenToFilters } from "./_people.js";
import { accept, drawWaiting, marksOf, retry, uploadAll } from "./_waiting.js";

const AGAIN_AFTER = 30 * 1000;
const NO_LINE = "没有连上网。草稿都在手机上，连上网再传。";
const OUT = "登录已经过期。名单和草稿都还在手机上，可以接着看、接着记；重新登录以后草稿就会上传。";
const CALLED_BACK = "登录已经过期，手机上的名单已清除；没上传的草稿还在，重新登录以后就会上传。";
let state = null, content = null, drafts = [], isOut = false;

function say(text, tone) {
  const box = byId("said");
  box.className = `note mb-3 ${tone || "info"}`;
  box.textContent = text;
  show(box, Boolean(text));
}

function drawLine() {
  byId("line").textContent = navigator.onLine ? "有网络" : "没有网络";
  byId("line").className = `tag ${navigator.onLine ? "ok" : "warn"}`;
  show(byId("home"), navigator.onLine);
}

async function read() {
  state = await readState();
  content = state ? await openList(state) : null;
}

async function draw() {
  drawLine();
  show(byId("kept"), Boolean(state));
  show(byId("list"), Boolean(state));
  show(byId("empty"), !state);
  await drawLocked();
  if (!state) {
    show(byId("waiting"), false);
    return;
  }
  byId("kept-words").textContent = `${content.village}的名单，${content.people.length} 人，${timeOf(new Date(state.takenAt))} 存的。` +
    `${timeOf(new Date(state.takenAt + state.until - state.localAt))} 自动清除。`;
  drafts = await drawWaiting(state);
  drawPeople(state, content, marksOf(drafts));
}

// Drafts that this key does not open: of a log-in that is over, or of somebody else who used this telephone.
async function drawLocked() {
  const locked = (await records()).filter((record) => !state || record.user !== state.user).length;
  byId("locked-words").textContent = `这台手机上有 ${locked} 份没上传的草稿，加了密，现在打不开。请记的人重新登录，存一次名单，就会上传。`;
  show(byId("locked"), locked > 0);
}

// `whose`: for whom the list comes back by itself; whoever else is logged in did not ask for it.
async function take(whose) {
  say("正在存名单……");
  const answer = await takeList();
  if (answer.ok && whose && answer.user !== whose) {
    await dropWish();
    say("");
  } else if (answer.ok) {
    await keepList(answer);
    await read();
    await draw();
    say("名单存好了。没有网也能打开这一页。", "ok");
    await send();
  } else if (answer.out) await signedOut();
  else say(answer.lost ? "没有连上网，名单没有存成。请在有网的地方再点一次。" : answer.says, "warn");
}

// The list stays for its days when the person was away too long; it goes when the server calls it back.
async function signedOut() {
  isOut = true;
  const stays = state && await mayKeep(state.list);
  if (!stays) {
    await forget();
    closeEditor();
  }
  await read();
  await draw();
  say(stays ? OUT : CALLED_BACK, "warn");
  show(byId("log-in"), true);
}

async function clear() {
  await forget();
  await dropWish();
  await read();
  await draw();
  say("名单已从这台手机清除。", "ok");
  byId("said").focus();
}

async function send() {
  if (!state) return;
  const answer = await uploadAll(state, tell);
  if (answer.out) return signedOut();
  if (answer.lost) say(NO_LINE, "warn");
  else if (answer.says) say(answer.says, "warn");
  await draw();
}

function tell(result, draft) {
  const words = { done: "", conflict: "两边不一样，请看下面。", refused: "没有办成：" }[result.state];
  const node = filled("t-result", { name: draft.name, words: words + (result.state === "conflict" ? "" : result.says) });
  node.querySelector("[data-f=words]").classList.toggle("fw-bold", result.state !== "done");
  byId("results").prepend(node);
  show(byId("results-box"), true);
}

// An enrolment that is changed stays of the day on which it was collected, under the list of that day.
async function save(facts, person, draft) {
  const first = draft && draft.kind === "enrolment" ? draft : { list: state.list, collected_at: serverNow(state).toISOString() };
  const made = {
    ...facts, key: draft ? draft.key : newKey(), resident: person.id, name: person.name, list: first.list,
    collected_at: first.collected_at, accepted: [],
  };
  await saveDraft(state, made);
  closeEditor();
  await draw();
  say(`已存草稿：${person.name}，${made.words}。`, "ok");
  byId("said").focus();
  if (navigator.onLine) await send();
}

function personOf(id) {
  return content.people.find((person) => person.id === id);
}

// A draft for this person that can still be changed: it was never sent.
function openDraft(resident, kind) {
  const found = drafts.find((one) => one.draft.resident === resident && one.draft.kind === kind && !one.tried);
  return found ? found.draft : null;
}

function enrolDraft(person) {
  const waiting = drafts.find((one) => one.draft.resident === person.id && one.draft.kind === "enrolment");
  if (waiting && waiting.tried) {
    say(`${person.name}已经有一份参保草稿正在等回音，连上网就知道结果，先不要再记一份。`, "warn");
    byId("said").focus();
    return;
  }
  editEnrolment({ person, content, state, draft: waiting ? waiting.draft : null, save });
}

async function onPeople(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const person = personOf(Number(button.closest("[data-resident]").dataset.resident));
  const draft = openDraft(person.id, "follow_up");
  if (button.dataset.do === "enrol") enrolDraft(person);
  else if (button.dataset.do === "again") editFollowUp({ person, content, state, draft, save }, "again");
  else if (button.dataset.outcome) await save(followUp(content, button.dataset.outcome, "", ""), person, draft);
}

async function onDrafts(event) {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const one = drafts.find((each) => each.draft.key === button.closest("[data-key]").dataset.key);
  const steps = {
    edit: () => edit(one.draft),
    drop: () => dropDraft(one.draft.key).then(draw),
    retry: () => retry(state, one).then(send),
    accept: () => accept(state, one).then(send),
  };
  await steps[button.dataset.do]();
}

function edit(draft) {
  const person = personOf(draft.resident);
  if (!person) return say("名单更新以后没有这位老人了，这份草稿不能改。可以上传看看，或者删掉。", "warn");
  const facts = { person, content, state, draft, save };
  return draft.kind === "enrolment" ? editEnrolment(facts) : editFollowUp(facts, draft.outcome);
}

async function start() {
  if (!window.indexedDB || !window.crypto || !crypto.subtle) {
    say("这个浏览器不能离线登记。请换手机自带的浏览器，并用 https 开头的网址打开。", "bad");
    return;
  }
  const over = await dropExpired();
  await read();
  await draw();
  if (location.search === "?not-sent") say("刚才那一步没有传到系统，等于没办。有网以后请重新办，或者在这里记草稿。", "warn");
  else if (over) say(`有 ${over} 份草稿超过7天没有上传，已经清除。`, "bad");
  const wished = await wish();
  if (navigator.onLine) await (wished && !state ? take(wished.user) : send());
}

function listen() {
  listenToFilters(() => drawPeople(state, content, marksOf(drafts)));
  listenToEditor();
  byId("take").addEventListener("click", () => take());
  byId("refresh").addEventListener("click", () => take());
  byId("clear").addEventListener("click", clear);
  byId("upload").addEventListener("click", send);
  byId("people").addEventListener("click", onPeople);
  byId("drafts").addEventListener("click", onDrafts);
  window.addEventListener("online", () => { drawLine(); send(); });
  window.addEventListener("offline", drawLine);
  setInterval(() => { if (navigator.onLine && !isOut && drafts.some((one) => !one.draft.result)) send(); }, AGAIN_AFTER);
}

listen();
start();
if (navigator.serviceWorker) navigator.serviceWorker.register("/village/worker.js", { scope: "/village/" }).catch(() => {});
