// What the pages gain where scripts run. Every page works without.
import htmx from "htmx.org";
import "htmx-ext-sse";

// A hash can be selected by anybody; here it gets a button that copies it.
function addCopy(root) {
  for (const hash of root.querySelectorAll("[data-copy]:not([data-ready])")) {
    hash.dataset.ready = "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fw-plain fw-small";
    button.textContent = hash.dataset.copyWord;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(hash.dataset.copy);
      button.textContent = hash.dataset.copiedWord;
    });
    hash.append(button);
  }
}

// The summary of what is wrong gets the focus, so that it is read first.
function focusErrors(root) {
  const summary = root.querySelector(".govuk-error-summary");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const field = event.target.hash && document.getElementById(decodeURIComponent(event.target.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.focus();
  });
}

// A page that nobody looks at holds no stream open.
function closeWhileHidden() {
  for (const live of document.querySelectorAll("[data-live]")) {
    if (document.hidden) {
      live.dispatchEvent(new CustomEvent("fw:hide"));
      live.removeAttribute("sse-connect");
      const source = live["htmx-internal-data"]?.sseEventSource;
      if (source) source.close();
    } else if (!live.hasAttribute("sse-connect")) {
      live.setAttribute("sse-connect", live.dataset.live);
      htmx.process(live);
    }
  }
}

// A shared paragraph is quoted by a line of its own, with empty lines around.
function inserted(text, what) {
  if (!what.startsWith("block ")) return `{{${what}}}`;
  const before = text.value.slice(0, text.selectionStart);
  const after = text.value.slice(text.selectionEnd);
  const lead = before === "" ? "" : "\n\n".slice(/\n{0,2}$/.exec(before)[0].length);
  const tail = after === "" ? "\n" : "\n\n".slice(/^\n{0,2}/.exec(after)[0].length);
  return `${lead}{{${what}}}${tail}`;
}

// A field goes in where its author writes; without this, at the end.
function insertHere(root) {
  for (const button of root.querySelectorAll("[data-insert]:not([data-ready])")) {
    button.dataset.ready = "";
    button.textContent = button.dataset.insertWord;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const at = button.dataset.insert;
      const [text] = document.getElementsByName(`${at}.body`);
      const [field] = document.getElementsByName(`${at}.field`);
      text.setRangeText(inserted(text, field.value), text.selectionStart, text.selectionEnd, "end");
      text.focus();
    });
  }
}

function begin(root) {
  addCopy(root);
  insertHere(root);
}

document.addEventListener("DOMContentLoaded", () => {
  begin(document);
  focusErrors(document);
});
document.addEventListener("htmx:afterSwap", (event) => begin(event.target));
document.addEventListener("visibilitychange", closeWhileHidden);

// A part of a form that comes back is old where somebody chose or typed on in
// the meantime: it is asked for once more, so that no word is lost.
const asked = new WeakMap();
function written(form) {
  return new URLSearchParams(new FormData(form)).toString();
}
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.target.closest("form");
  if (form) asked.set(detail.xhr, { form, text: written(form) });
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const was = asked.get(detail.xhr);
  if (!was || written(was.form) === was.text) return;
  detail.shouldSwap = false;
  htmx.trigger(detail.requestConfig.elt, "change");
});

// Whether the live view is lost is said on the page, until it is back.
function lost(is) {
  for (const line of document.querySelectorAll("[data-lost]")) line.hidden = !is;
}
document.addEventListener("htmx:sseError", () => lost(true));
document.addEventListener("htmx:sseOpen", () => lost(false));

// Single keys lead to pages, where the account has them on. Whoever types is
// left alone.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === event.key);
  if (key) location.assign(key.value);
});
