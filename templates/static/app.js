// Comfort only: every page works without this. Nothing is stored, nothing is asked of another site, and no form is ever
// submitted that a person did not submit.
"use strict";

const body = document.body;
const scripts = globalThis.trustedTypes?.createPolicy("solver", { createScriptURL: (address) => address });

// The answer to a form stands in the history as if it had been asked for, so that going back never asks to send it again.
if (body.dataset.here) history.replaceState(null, "", body.dataset.here);
const details = document.getElementById("details");
if (details) keepTyped(details);
for (const each of document.querySelectorAll("form[data-times]")) tickAgain(each);
document.addEventListener("change", keepChoice);
const work = details?.dataset.puzzle ? workFor(details) : null;

for (const each of document.querySelectorAll("[data-js]")) each.hidden = false;

suggestZone(document.querySelector("form[data-suggest]"));
document.addEventListener("submit", guard);
document.addEventListener("click", (event) => { const button = event.target.closest("[data-copy]"); if (button) copy(button); });
for (const each of document.querySelectorAll("[data-print]")) each.addEventListener("click", () => print());
const draft = document.querySelector("form[data-draft]");
if (draft) draft.addEventListener("change", () => tellMeaning(draft));
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(reopen); });
if (body.dataset.embed !== undefined && parent !== window) addEventListener("message", answerHello);
const watched = document.querySelector("[data-poll]");
if (watched) poll(watched, 5000);

// Shows the times in the browser's own zone, where the reader has not chosen one, chosen a time or typed anything: in
// place, so that nothing is loaded twice. Without an answer they stay in the host's zone, as the page says.
function suggestZone(form) {
  const zone = form && Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === form.elements.zone.value) return;
  const address = new URL(location.href);
  address.searchParams.set("zone", zone);
  const asked = new XMLHttpRequest(); // it reads pages by itself; any other way is shut by Trusted Types
  asked.open("GET", address);
  asked.responseType = "document";
  asked.onload = () => {
    if (asked.status !== 200 || document.querySelector("main input:checked, main :focus:not(h1, h2)")) return;
    if ([...document.querySelectorAll("main input")].some((field) => field.value !== field.defaultValue)) return;
    history.replaceState(null, "", address);
    for (const part of ["header", "main"]) document.querySelector(part).replaceWith(asked.response.querySelector(part));
    document.getElementById(address.hash.slice(1))?.focus();
  };
  asked.send();
}

// Selected in any case, so that the keys for copying do it where the browser does not let a page do so.
async function copy(button) {
  const field = document.getElementById(button.dataset.copy), shown = button.querySelector("[data-done]");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    return;
  }
  shown.textContent = button.nextElementSibling.textContent = shown.dataset.done;
}

// What the settings come to, as they stand in the form: asked as its button for that does, which saves nothing. Of a form
// with an error it stays as it was.
let asking = null;
function tellMeaning(form) {
  const asked = asking = new XMLHttpRequest();
  const typed = new URLSearchParams(new FormData(form));
  typed.set("act", "show");
  asked.open("POST", form.action);
  asked.responseType = "document";
  asked.onload = () => {
    const told = asked.status === 200 && asked === asking && asked.response.querySelector("[data-told]");
    if (told) document.querySelector("[data-told]").replaceWith(told);
  };
  asked.send(typed);
}

// What was typed stays with its place in the history, where the browser itself would forget it with a page that is kept
// nowhere: an answer in another language, left by Back and found again by Forward.
function keepTyped(form) {
  const fields = [...form.elements].filter((each) => each.matches("[name]:is(input:not([type=hidden], [type=radio]), textarea)"));
  const keep = () => history.replaceState({ typed: Object.fromEntries(fields.map((each) => [each.name, each.value])) }, "");
  for (const each of fields) each.value ||= history.state?.typed?.[each.name] ?? "";
  if (body.dataset.here) keep();
  form.addEventListener("change", keep);
}

// The chosen time stays with its place in the history, as the time that it is: the browser itself would tick whichever stands
// where it stood, although others have taken times meanwhile.
function keepChoice(event) {
  if (event.target.matches("form[data-times] [name=start]")) history.replaceState({ start: event.target.value }, "");
}

function tickAgain(form) {
  const chosen = [...form.elements].find((each) => each.name === "start" && each.value === history.state?.start);
  if (chosen && !form.querySelector("[name=start]:checked")) chosen.checked = true;
}

// One press is one request, whichever button of the page it was, also on a slow line; and offline nothing is lost.
function guard(event) {
  const form = event.target;
  if (form.method !== "post") return;
  if (!navigator.onLine) {
    event.preventDefault();
    tellOffline(form);
  } else if (document.querySelector("form[data-sent]")) {
    event.preventDefault();
  } else if (work && form === details && !event.submitter?.name && !work.isDone()) {
    event.preventDefault();
    work.goOnWith(event.submitter);
  } else {
    send(form, event.submitter?.name ? event.submitter : form.querySelector("button[type=submit]"));
  }
}

function send(form, button) {
  form.dataset.sent = "";
  button.setAttribute("aria-disabled", "true");
  if ("file" in form.dataset) setTimeout(reopen, 2000, form); // what comes is a file, and the page stays
  if (button.name) return; // a change of language
  if (form.dataset.once) {
    button.dataset.says = button.textContent;
    button.textContent = form.dataset.once;
  }
  if (form.dataset.back) history.replaceState(null, "", form.dataset.back);
}

// While many ask at once, a time is held only for a browser that worked on a puzzle for a moment. It begins with the first
// touch of the form, beside the page; whoever presses earlier than it ends waits, and the form goes on by itself, once. Where
// it can't be done the form goes without: then the first to confirm gets the time.
function workFor(form) {
  const shown = form.querySelector("[data-working] > div"), bar = shown.querySelector("progress");
  let task = null, waits = false;
  form.querySelector("[data-without-work]")?.remove();
  const start = () => form.elements.start?.value ?? "";
  const isFresh = () => task !== null && task.start === start() && performance.now() - task.begun < 300000;
  const begin = () => {
    const mine = { start: start(), begun: performance.now(), answer: null };
    mine.ended = solve(form.dataset, mine.start, (part) => { bar.value = part; }).catch(() => "").then((answer) => { mine.answer = answer; });
    task = mine;
  };
  for (const event of ["focusin", "input"]) form.addEventListener(event, () => { if (!isFresh()) begin(); });
  return {
    isDone() {
      if (!isFresh() || task.answer === null) return false;
      form.elements.work.value = task.answer;
      task = null; // an answer is good once
      return true;
    },
    async goOnWith(button) {
      if (waits) return;
      waits = true;
      if (!isFresh()) begin();
      const soon = setTimeout(() => { shown.hidden = false; }, 300);
      await Promise.race([task.ended, new Promise((resolve) => setTimeout(resolve, 20000))]);
      clearTimeout(soon);
      shown.hidden = true;
      task.answer ??= "";
      task.begun = performance.now();
      waits = false;
      form.requestSubmit(button);
    },
  };
}

// The answer to the puzzle for a time, or nothing where none is asked for.
async function solve({ puzzle, solver }, start, tell) {
  const asked = await fetch(`${puzzle}?start=${encodeURIComponent(start)}`, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (asked.status !== 200) return "";
  const { salt, target, signature, most } = await asked.json();
  const worker = new Worker(scripts ? scripts.createScriptURL(solver) : solver);
  const number = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => "number" in data ? resolve(data.number) : tell(data.part);
    worker.onerror = () => resolve(null);
    setTimeout(resolve, 60000, null);
    worker.postMessage({ salt, target, most });
  });
  worker.terminate();
  return number === null ? "" : `${salt}${target}.${signature}.${number}`;
}

// A page that comes back out of the browser's memory can be sent again, and so can one that stayed.
function reopen(form) {
  delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.says) button.textContent = button.dataset.says;
  }
}

function tellOffline(form) {
  document.querySelector("[data-offline-told]")?.remove();
  const box = document.createElement("div");
  box.className = "errbox";
  box.tabIndex = -1;
  box.setAttribute("role", "alert");
  box.dataset.offlineTold = "";
  box.textContent = body.dataset.offline;
  form.before(box);
  box.focus();
}

// Asks what has become of the booking: every 5 s at first, every 30 s in the end. Only a change is announced.
async function poll(status, pause) {
  await new Promise((resolve) => setTimeout(resolve, pause));
  try {
    const answer = await fetch(status.dataset.poll, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok && show(status, await answer.json())) return;
  } catch {
    // Offline, or the server is away: ask again later.
  }
  poll(status, Math.min(pause * 1.25, 30000));
}

function show(status, now) {
  const left = document.querySelector("[data-left]");
  if (left && now.left) left.textContent = now.left;
  if (now.state === status.dataset.state) return false;
  status.querySelector("[data-text]").textContent = `${now.title}. ${now.text}`;
  const address = new URL(location.href);
  address.searchParams.delete("did");
  address.hash = "";
  setTimeout(() => location.replace(address), 1500);
  return true;
}

// Shown inside another site's page: that page is told how high this one is, and in one word what happened. It asks first,
// and the browser showed this page to it alone (frame-ancestors), so its own word for its origin will do.
function answerHello(event) {
  if (event.source !== parent || event.data !== "booking:hello") return;
  removeEventListener("message", answerHello);
  const tell = (told) => parent.postMessage(told, event.origin);
  new ResizeObserver(() => tell({ booking: "height", height: Math.ceil(body.getBoundingClientRect().bottom + scrollY) })).observe(body);
  if (body.dataset.embed) tell({ booking: body.dataset.embed });
}
