// What must hold for every page, whatever it shows. Gives a list of sentences,
// one for each thing that does not.
(() => {
  const wrong = [];
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !e.closest("[hidden]");
  const name = (e) => e.outerHTML.slice(0, 120);

  if (!document.documentElement.lang) wrong.push("no lang");
  if (document.documentElement.dir !== "ltr" && document.documentElement.dir !== "rtl") wrong.push("no dir");
  const h1 = document.querySelectorAll("h1");
  if (h1.length !== 1) wrong.push(`${h1.length} h1`);
  if (!document.title.endsWith("– Forthwith")) wrong.push(`title ${document.title}`);
  const bare = (text) => text.replace(/[\u2066-\u2069]/g, ""); // a title isolates what elements do in a page
  if (h1.length === 1 && !bare(document.title).replace(/^Error: /, "").startsWith(bare(h1[0].innerText.trim()))) wrong.push(`title ${document.title} does not begin with h1 ${h1[0].innerText}`);
  if (document.querySelector(".govuk-error-summary") && !document.title.startsWith("Error: ")) wrong.push("errors, but not in the title");

  let level = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const n = Number(h.tagName[1]);
    if (n > level + 1) wrong.push(`level skipped at ${name(h)}`);
    level = n;
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]),select,textarea:not([hidden])")) {
    if (field.labels.length === 0 && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby")) wrong.push(`no label: ${name(field)}`);
    for (const id of (field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean)) if (!document.getElementById(id)) wrong.push(`described by nothing: ${name(field)}`);
  }
  for (const link of document.querySelectorAll(".govuk-error-summary a")) {
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) wrong.push(`summary leads nowhere: ${link.hash}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) wrong.push(`id twice: ${id}`);
  for (const e of document.querySelectorAll("*")) {
    for (const a of e.attributes) if (a.name === "style" || a.name.startsWith("on") || a.name.startsWith("hx-on")) wrong.push(`${a.name} on ${name(e)}`);
    if (e.tagName === "SCRIPT" && e.textContent.trim()) wrong.push("script text");
    if (e.tagName === "STYLE" && e.textContent.trim() && !e.id.startsWith("axe")) wrong.push("style text");
  }
  const primary = [...document.querySelectorAll(".govuk-button:not(.govuk-button--secondary)")].filter(visible);
  if (primary.length > 1) wrong.push(`${primary.length} primary buttons: ${primary.map((b) => b.innerText)}`);
  if (document.querySelector("button:disabled")) wrong.push("a disabled button");

  if (document.scrollingElement.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".fw-scroll"));
    wrong.push(`scrolls sideways: ${document.scrollingElement.scrollWidth} > ${innerWidth}, ${wide.slice(0, 2).map(name)}`);
  }
  for (const b of document.querySelectorAll(".govuk-button")) {
    if (visible(b) && b.getBoundingClientRect().height < 44) wrong.push(`button of ${b.getBoundingClientRect().height} px: ${name(b)}`);
  }
  for (const e of document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea,summary")) {
    if (!visible(e) || e.classList.contains("govuk-skip-link")) continue;
    const r = e.getBoundingClientRect();
    const inText = e.tagName === "A" && getComputedStyle(e).display === "inline";
    const boxed = e.matches(".govuk-radios__input,.govuk-checkboxes__input");
    if (!inText && !boxed && (r.height < 24 || r.width < 24)) wrong.push(`target of ${Math.round(r.width)}x${Math.round(r.height)} px: ${name(e)}`);
  }
  for (const e of document.querySelectorAll("a[href='#'],a[href=''],a:not([href])")) wrong.push(`a link that leads nowhere: ${name(e)}`);

  if (matchMedia("print").matches) {
    for (const e of document.querySelectorAll("header,nav,.fw-back,.fw-buttons")) if (visible(e)) wrong.push(`on paper: ${name(e)}`);
    for (const hash of document.querySelectorAll("[data-copy]")) {
      const whole = [...hash.querySelectorAll("code")].filter((e) => e.textContent === hash.dataset.copy && visible(e) && e.getBoundingClientRect().height > 0);
      if (whole.length !== 1) wrong.push(`on paper ${whole.length} times whole: ${name(hash)}`);
    }
    for (const time of document.querySelectorAll("time")) {
      const beneath = time.nextElementSibling?.matches(".fw-meta") ? time.nextElementSibling.innerText : "";
      if (visible(time) && !`${time.innerText} ${beneath}`.includes("UTC")) wrong.push(`no UTC: ${name(time)}`);
    }
    for (const row of document.querySelectorAll("tr,.fw-answers > div")) if (getComputedStyle(row).breakInside !== "avoid") wrong.push(`may be cut: ${name(row)}`);
  }
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    for (const e of document.querySelectorAll("*")) {
      for (const part of [null, "::before", "::after"]) {
        const { animationName, transitionDuration } = getComputedStyle(e, part);
        if (animationName !== "none" || transitionDuration.split(", ").some((d) => d !== "0s")) wrong.push(`moves: ${name(e)}`);
      }
    }
  }
  if (matchMedia("(forced-colors: active)").matches) {
    const canvas = (word) => {
      const probe = document.createElement("i");
      probe.style.color = word;
      document.body.append(probe);
      const { color } = getComputedStyle(probe);
      probe.remove();
      return color;
    };
    for (const line of document.querySelectorAll(".fw-line")) if (visible(line) && getComputedStyle(line).backgroundColor !== canvas("CanvasText")) wrong.push(`a mark not in CanvasText: ${name(line.parentElement)}`);
    for (const e of document.querySelectorAll(".govuk-button,.govuk-input,.govuk-select,.govuk-textarea")) {
      const { borderTopWidth, borderTopStyle } = getComputedStyle(e);
      if (visible(e) && (borderTopStyle === "none" || parseFloat(borderTopWidth) < 1)) wrong.push(`no edge in forced colours: ${name(e)}`);
    }
  }
  return wrong;
})();
