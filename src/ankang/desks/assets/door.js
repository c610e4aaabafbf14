// Who stands at the log-in is not logged in: the list that this telephone kept, and its key, are wiped.
import { forget } from "./_vault.js";

if (window.indexedDB) forget();
