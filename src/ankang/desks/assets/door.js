// Who stands at the log-in may only have stayed away too long: the list stays for its days, unless it was called back.
import { forget, readState } from "./_vault.js";
import { mayKeep } from "./_server.js";

async function look() {
  const state = await readState();
  if (state && !(await mayKeep(state.list))) await forget();
}

if (window.indexedDB) look();
