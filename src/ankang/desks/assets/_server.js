// The two doors of the server. An answer is {ok, says, ...}; no network at all is {lost: true}, no log-in {out: true}.
function token() {
  const found = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return found ? found.slice("csrftoken=".length) : "";
}

async function post(address, body) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST", redirect: "manual", credentials: "same-origin", cache: "no-store",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() }, body: JSON.stringify(body),
    });
  } catch (failure) {
    return { lost: true };
  }
  if (response.type === "opaqueredirect" || (response.status === 403 && !isJson(response))) return { out: true };
  if (!isJson(response)) return { lost: true };
  try {
    return { ok: response.ok, ...(await response.json()) };
  } catch (failure) {
    return { lost: true };  // cut off in the middle
  }
}

function isJson(response) {
  return (response.headers.get("content-type") || "").startsWith("application/json");
}

export function takeList() {
  return post("/village/offline/list/", {});
}

// Whether the telephone may keep a list while nobody is logged in. What is no answer takes nothing away.
export async function mayKeep(list) {
  try {
    const response = await fetch(`/village/offline/list/${list}/`, { credentials: "omit", cache: "no-store" });
    return !(response.ok && isJson(response)) || (await response.json()).keep !== false;
  } catch (failure) {
    return true;
  }
}

export function upload(drafts) {
  return post("/village/offline/upload/", { drafts });
}
