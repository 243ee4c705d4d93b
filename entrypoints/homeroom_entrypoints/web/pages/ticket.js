// Takes the token from behind the `#`, which no server is sent, into the form, and out of the
// address. Without this script the form asks for the link in place of it.
"use strict";

function take() {
  const field = document.getElementById("token");
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (field && token) {
    field.value = token;
    field.closest("p").hidden = true;
  }
  if (token) history.replaceState(null, "", location.pathname);
}

take();
addEventListener("hashchange", take);
