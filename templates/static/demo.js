// Watches a page of the demo for something new. A reader who is in the middle of it is only told so.
"use strict";

const line = document.querySelector("[data-version]");
const shown = line?.dataset.version;
let told = false;

async function look() {
  if (document.hidden || told) return;
  const answer = await fetch(location.href, { method: "HEAD", headers: { Accept: "text/html" } }).catch(() => null);
  const version = answer?.ok ? answer.headers.get("ETag") : null;
  if (!version || version.replace(/^W\//, "").replaceAll('"', "") === shown) return;
  const reading = window.scrollY > 0 || document.querySelector("main").contains(document.activeElement);
  if (!reading) return location.reload();
  told = true;
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "There is something new: show it";
  line.className = "status";
  line.append(link);
}

if (shown) setInterval(look, 2000);
