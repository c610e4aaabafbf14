// What a telephone keeps: one list and the drafts, sealed with AES-GCM under a key that the server gave at log-in.
//
// state: {id: "list", user, list, key, takenAt, localAt, until, seen, iv, sealed}. `key` is a CryptoKey that no script
// can read out; without it nothing opens. drafts: {key, user, until, tried, iv, sealed}. Instants in milliseconds.
const DATABASE = "ankang-offline", LIST = "list", WISH = "wish";
const DAY = 24 * 60 * 60 * 1000;

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function database() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("state", { keyPath: "id" });
    request.result.createObjectStore("drafts", { keyPath: "key" });
  };
  return settled(request);
}

async function withStore(name, mode, act) {
  const opened = await database();
  try {
    const transaction = opened.transaction(name, mode);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const result = await settled(act(transaction.objectStore(name)));
    await done;
    return result;
  } finally {
    opened.close();
  }
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

// What is sealed is bound to its place: a draft cannot be passed off as another one.
async function seal(key, place, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const additionalData = new TextEncoder().encode(place);
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain) };
}

async function unseal(key, place, record) {
  const additionalData = new TextEncoder().encode(place);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: record.iv, additionalData }, key, record.sealed);
  return JSON.parse(new TextDecoder().decode(plain));
}

// Keep the list that the server answered with. `answer`: user, list, key, taken_at, kept_days, content.
export async function keepList(answer) {
  const key = await crypto.subtle.importKey("raw", bytesOf(answer.key), "AES-GCM", false, ["encrypt", "decrypt"]);
  const now = Date.now();
  const state = {
    id: LIST, user: answer.user, list: answer.list, key, takenAt: Date.parse(answer.taken_at), localAt: now,
    until: now + answer.kept_days * DAY, keptDays: answer.kept_days, seen: now,
  };
  const content = await seal(key, LIST, answer.content);
  await withStore("state", "readwrite", (store) => store.put({ ...state, ...content }));
  await withStore("state", "readwrite", (store) => store.put({ id: WISH, user: answer.user }));
}

// Return what is kept, or null. After its days it is wiped; a clock that was put back does not make it younger.
export async function readState() {
  const state = await withStore("state", "readonly", (store) => store.get(LIST));
  if (!state) return null;
  const now = Math.max(Date.now(), state.seen);
  if (now >= state.until) {
    await forget();
    return null;
  }
  if (now > state.seen) await withStore("state", "readwrite", (store) => store.put({ ...state, seen: now }));
  return state;
}

export function openList(state) {
  return unseal(state.key, LIST, state);
}

// Wipe the list and the key: at log-out, after its days, for somebody else, or when it is called back. Drafts stay sealed: only their own person's next log-in opens them again.
export function forget() {
  return withStore("state", "readwrite", (store) => store.delete(LIST));
}

// Whether somebody wanted the list on this telephone, so that it comes back with the next log-in.
export function wish() {
  return withStore("state", "readonly", (store) => store.get(WISH));
}

export function dropWish() {
  return withStore("state", "readwrite", (store) => store.delete(WISH));
}

// The instant by the server's clock, as the telephone carried it on since the list came.
export function serverNow(state) {
  return new Date(state.takenAt + Date.now() - state.localAt);
}

export async function saveDraft(state, draft, { tried = false, until = 0 } = {}) {
  const content = await seal(state.key, "draft:" + draft.key, draft);
  const kept = { key: draft.key, user: state.user, until: until || Date.now() + state.keptDays * DAY, tried };
  await withStore("drafts", "readwrite", (store) => store.put({ ...kept, ...content }));
}

// Mark drafts as on their way before they go: until an answer comes, nobody knows whether they arrived.
export async function markTried(keys, tried) {
  for (const key of keys) {
    const record = await withStore("drafts", "readonly", (store) => store.get(key));
    if (record) await withStore("drafts", "readwrite", (store) => store.put({ ...record, tried }));
  }
}

export function dropDraft(key) {
  return withStore("drafts", "readwrite", (store) => store.delete(key));
}

export async function dropDraftsOf(user) {
  for (const record of await records()) if (record.user === user) await dropDraft(record.key);
}

// All sealed drafts of this telephone, whoever's.
export async function records() {
  return withStore("drafts", "readonly", (store) => store.getAll());
}

// Wipe the drafts whose days are over and return how many there were.
export async function dropExpired() {
  const over = (await records()).filter((record) => Date.now() >= record.until);
  for (const record of over) await dropDraft(record.key);
  return over.length;
}

// Return the drafts of the person whose list this is, oldest first: {draft, tried, until}.
export async function openDrafts(state) {
  const own = (await records()).filter((record) => record.user === state.user);
  const opened = await Promise.all(own.map(async (record) => ({
    draft: await unseal(state.key, "draft:" + record.key, record), tried: record.tried, until: record.until,
  })));
  return opened.sort((one, other) => one.draft.collected_at.localeCompare(other.draft.collected_at));
}
