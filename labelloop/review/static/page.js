// The one script. Every answer is first put where it survives (localStorage), then shown as given,
// then sent; the id made here lets the server keep it once however often it arrives.
(() => {
  "use strict";

  const AHEAD = 4;            // questions in hand: the present one and those behind it
  const RENEW = 60_000;       // ms; a lease lasts five minutes
  const IDLE = 30_000;        // ms without a sign of life that still count as working time
  const LOOK = 15_000;        // ms until an empty queue is looked at again; the first time sooner
  const TOO_SOON = 100;       // ms after a question appears; a key then was meant for the one before
  const $ = (id) => document.getElementById(id);
  const setup = JSON.parse($("setup")?.textContent ?? "null");

  // --- talking to the server -----------------------------------------------------------

  class Refused extends Error {
    constructor(status, message) { super(message); this.status = status; }
  }

  async function call(path, body, keepalive = false) {
    const options = { credentials: "same-origin", keepalive };
    if (body !== undefined) {
      options.method = "POST";
      options.headers = { "content-type": "application/json", "x-labelloop-token": setup.token };
      options.body = JSON.stringify(body);
    }
    const answer = await fetch(path, options);
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, said.message ?? answer.statusText);
    return said;
  }

  // crypto.randomUUID exists only on https and localhost; a page on a local network has neither.
  function newId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  const announce = (text) => { $("announce").textContent = text; };

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }

  // --- buttons of the other pages --------------------------------------------------------

  for (const button of document.querySelectorAll("button[data-post]")) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      if (button.dataset.sure && !confirm(button.dataset.sure)) return;
      button.disabled = true;
      const body = JSON.parse(button.dataset.body ?? "{}");
      if ("form" in button.dataset) Object.assign(body, Object.fromEntries(new FormData(button.form)));
      if (button.dataset.vote) Object.assign(body, { label: button.dataset.vote, verdict_id: newId() });
      if (button.dataset.votes) Object.assign(body, { labels: JSON.parse(button.dataset.votes), verdict_id: newId() });
      try {
        await call(button.dataset.post, body);
        if (button.dataset.then) location.assign(button.dataset.then); else location.reload();
      } catch (error) {
        button.disabled = false;
        tell(error.message);
      }
    });
  }

  function tell(text) {
    const place = $("message");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  }

  const training = $("training");
  if (training) watchTraining();

  async function watchTraining() {
    while (training.dataset.state === "running") {
      await new Promise((go) => setTimeout(go, 1000));
      const run = await call("/api/training").catch(() => null);
      if (!run) continue;
      $("training-lines").textContent = run.lines.join("\n");
      if (run.state !== "running") location.reload();
    }
  }

  if (!$("desk")) return;

  // --- answers that wait to be sent -----------------------------------------------------------

  const outbox = {
    prefix: `labelloop:${setup.owner}:`,
    aside: new Map(),  // where the browser refuses to keep anything
    counter: 0,
    put(verdict) {
      const order = `${String(Date.now()).padStart(14, "0")}${String(this.counter++).padStart(6, "0")}`;
      const key = `${this.prefix}${order}:${verdict.verdict_id}`;
      try { localStorage.setItem(key, JSON.stringify(verdict)); } catch { this.aside.set(key, verdict); }
    },
    entries() {
      const kept = [...this.aside];
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key.startsWith(this.prefix)) kept.push([key, JSON.parse(localStorage.getItem(key))]);
      }
      return kept.sort(([a], [b]) => (a < b ? -1 : 1));
    },
    list() { return this.entries().map(([, verdict]) => verdict); },
    drop(verdictId) {
      for (const [key] of this.entries()) {
        if (key.endsWith(`:${verdictId}`)) { localStorage.removeItem(key); this.aside.delete(key); }
      }
    },
  };

  // --- what is in hand ---------------------------------------------------------------------------

  let hand = [];             // the first is on the screen
  const given = [];          // questions answered here, oldest first, for undo
  let inFlight = new Set();  // verdict ids on their way
  let sending = null;        // the promise of the exchange under way
  let again = false;
  let awaited = true;        // whether the server's word on further questions is still to come
  let pause = 0;             // ms to wait after a failure
  let timer = 0;
  let look = LOOK;
  let atOnce = 100;
  let today = 0;
  let undoId = null;         // kept until the server has answered it
  let shownAt = 0;
  let spent = 0;
  let lastSign = performance.now();

  function sync() {
    again = awaited = true;
    sending ??= exchange().finally(() => { sending = null; });
    return sending;
  }

  async function exchange() {
    while (again) {
      again = false;
      clearTimeout(timer);
      const waiting = outbox.list();
      const batch = waiting.slice(0, atOnce);
      inFlight = new Set(batch.map((one) => one.verdict_id));
      const rest = waiting.slice(atOnce).map((one) => one.item_id);
      try {
        const count = Math.max(0, AHEAD - hand.length);
        const body = { verdicts: batch, count, holding: [...hand.map((one) => one.item_id), ...rest] };
        take(await call("/api/verdicts", body), batch);
        pause = 0;
        state("");
        if (waiting.length > batch.length) again = true;
      } catch (error) {
        fail(error, batch);
      } finally {
        inFlight = new Set();
      }
    }
    if (!hand.length || pause) timer = setTimeout(sync, pause || look);
    drawCounts();
  }

  function take(answer, batch) {
    awaited = again;
    const refused = [];
    for (const one of answer.received) {
      outbox.drop(one.verdict_id);
      if (one.outcome !== "stored" && one.outcome !== "known") refused.push(one);
    }
    if (answer.received.length === batch.length) atOnce = 100;
    const before = hand[0]?.item_id;
    const lost = new Set(answer.lost);
    hand = hand.filter((one) => !lost.has(one.item_id));
    const known = new Set([...hand, ...outbox.list()].map((one) => one.item_id));
    hand.push(...answer.items.filter((one) => !known.has(one.item_id)));
    today = answer.today;
    $("left").textContent = answer.waiting.toLocaleString();
    if (refused.length) {
      tell(refused.map((one) => friendly(one)).join(" "));
    } else if (before !== undefined && lost.has(before)) {
      tell("The question that was here went to somebody else, since its time ran out. Here is another.");
    }
    if (hand[0]?.item_id !== before || !hand.length) show();
    renew(answer.schema_version);
  }

  // The labels were changed meanwhile: what is given is sent first, then the page comes anew.
  function renew(version) {
    if (version === setup.schema || outbox.list().length || document.querySelector("dialog[open]")) return;
    const said = $("message").hidden ? "" : `${$("message").textContent} `;
    try { sessionStorage.setItem("labelloop-told", `${said}The labels were changed.`); } catch { /* only a word */ }
    location.reload();
  }

  function friendly(one) {
    return {
      lease_lost: "Somebody else answered that question meanwhile; your answer was not needed.",
      stale_text: "That text has changed since you saw it, so your answer was not kept; the new text will be asked.",
      label_gone: "That label was split or removed meanwhile, so your answer was not kept; the question comes again.",
    }[one.outcome] ?? `An answer was not kept: ${one.message}.`;
  }

  function fail(error, batch) {
    if (error instanceof Refused && [400, 404, 413, 422].includes(error.status) && batch.length) {
      if (batch.length === 1) {
        outbox.drop(batch[0].verdict_id);
        tell(`An answer was not kept: ${error.message}.`);
      }
      atOnce = 1;
      again = true;
      return;
    }
    awaited = false;
    pause = Math.min(30_000, pause ? pause * 2 : 1000);
    const n = outbox.list().length;
    const safe = n ? `${n} ${n === 1 ? "answer waits" : "answers wait"} safely in this browser` : "nothing is lost";
    if (error.status === 401 || error.status === 403) {
      state(`Logged out: ${safe}. `, "/login?next=/", "Log in again");
    } else {
      state(`${error instanceof Refused ? "The server is busy" : "Offline"}: ${safe}.`);
    }
    if (!hand.length) show();
  }

  function state(text, address, linkText) {
    const place = $("state");
    place.replaceChildren(text);
    if (address) {
      const link = element("a", linkText);
      link.href = address;
      place.append(link);
    }
    place.hidden = !text;
  }

  // --- showing ---------------------------------------------------------------------------------

  function show() {
    const item = hand[0];
    $("desk").hidden = !item;
    if (item || awaited) {
      $("loading").hidden = Boolean(item);
      $("empty").hidden = true;
    }
    if (!item) {
      if (!awaited) drawEmpty();
      drawCounts();
      return;
    }
    $("title").textContent = item.title ?? "";
    $("title").hidden = !item.title;
    $("source").textContent = item.source;
    $("section").textContent = item.section.length ? ` · ${item.section.join(" › ")}` : "";
    drawText(item, !item.fold);
    drawSuggestion(item);
    $("why").hidden = !item.explained;
    closeWhy();
    for (const option of options()) option.classList.toggle("suggested", Boolean(item.suggested?.includes(option.dataset.label)));
    if (setup.several) choseAnew(item.suggested);
    if (finder) { finder.value = ""; narrow(); }
    drawCounts();
    spent = 0;
    shownAt = lastSign = performance.now();
    document.body.dataset.item = item.item_id;
    if (finder) finder.focus({ preventScroll: true }); else $("card").focus({ preventScroll: true });
    scrollTo(0, 0);
    $("text").scrollTop = 0;
    announce(`${item.title ?? "Question"}. ${item.suggested ? `Suggested: ${readable(item.suggested)}.` : "No suggestion."}`);
  }

  async function drawEmpty() {
    const offline = pause > 0;
    const queue = offline ? null : await call("/api/queue").catch(() => null);
    if (hand.length) return;
    const first = queue !== null && Object.values(queue).every((count) => !count);
    look = first ? LOOK / 3 : LOOK;
    const [head, text] = offline
      ? ["No further question at hand", "As soon as the connection is back, your answers are sent and new questions come."]
      : first
        ? ["The first questions are being made", "Documents are read and chosen; questions then appear here by themselves. Where no turn is under way, start one: labelloop run"]
        : ["Nothing waits for you", "Every open question is answered, or somebody else is at it."];
    $("empty-head").textContent = head;
    $("empty-text").textContent = text;
    for (const one of document.querySelectorAll("#empty .later")) one.hidden = first;
    $("loading").hidden = true;
    $("empty").hidden = false;
  }

  function drawText(item, whole) {
    const [begin, end] = whole ? [0, item.text.length] : item.fold;
    const part = `${begin ? "… " : ""}${item.text.slice(begin, end)}${end < item.text.length ? " …" : ""}`;
    $("text").replaceChildren(...(whole && item.url && item.moments.length > 1 ? spoken(item) : [part]));
    const more = $("more");
    more.hidden = whole;
    if (!whole) more.firstChild.textContent = `Show all ${item.text.length.toLocaleString()} characters `;
    drawLink(item, whole ? null : item.opens_at);
  }

  // Captions as a whole: before each minute's words the link to its second.
  function spoken(item) {
    const parts = [];
    let before = 0;
    for (const [place, second] of item.moments) {
      if (place > before) parts.push(item.text.slice(before, place));
      before = place;
      const link = element("a", clock(second), "moment");
      Object.assign(link, { href: at(item.url, second), target: "_blank", rel: "noopener noreferrer nofollow" });
      link.setAttribute("aria-label", `Watch at ${clock(second)}`);
      parts.push(link, " ");
    }
    return [...parts, item.text.slice(before)];
  }

  const clock = (second) => `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}`;

  function at(url, second) {
    const address = new URL(url);
    address.searchParams.set("t", Math.floor(second));
    return address.href;
  }

  function drawLink(item, opensAt) {
    const link = $("link");
    link.hidden = !item.url;
    if (!item.url) return;
    const second = opensAt ?? item.starts_at;
    link.href = opensAt === null ? item.url : at(item.url, opensAt);
    link.textContent = second === null ? "Open the source" : `Watch at ${clock(second)}`;
  }

  function drawSuggestion(item) {
    $("suggestion").hidden = item.suggestion === null && !setup.several;
    $("blind").hidden = item.suggestion !== null || item.explained;
    if (item.suggestion === null || setup.several) return;
    $("suggested").textContent = item.suggestion;
    $("sure").textContent = item.confidence === null ? "" : `${Math.round(item.confidence * 100)} % sure`;
    $("meter").hidden = item.confidence === null;
    $("meter").value = item.confidence ?? 0;
  }

  function drawCounts() {
    $("today").textContent = (today + outbox.list().filter((one) => one.action === "label").length).toLocaleString();
  }

  // --- answering -----------------------------------------------------------------------------

  function sign() {
    const now = performance.now();
    if (!document.hidden) spent += Math.min(now - lastSign, IDLE);
    lastSign = now;
  }

  // Where a document may have several labels, ``picked`` holds those chosen so far, and null while
  // nothing is said: no label and 'none of these' are not the same.
  let picked = null;

  const readable = (labels) => labels.length ? labels.join(", ") : "None of these";

  function choseAnew(labels) {
    picked = labels === null ? null : new Set(labels);
    drawChosen();
  }

  function toggle(label) {
    if (!hand[0] || performance.now() - shownAt < TOO_SOON) return;
    if (label === undefined) picked = picked?.size === 0 ? null : new Set();
    else {
      picked ??= new Set();
      if (!picked.delete(label)) picked.add(label);
      if (!picked.size) picked = null;
    }
    drawChosen();
    announce(picked ? `Chosen: ${readable(inOrder())}` : "Nothing is chosen");
  }

  const inOrder = () => setup.labels.filter((label) => picked?.has(label));

  function drawChosen() {
    const item = hand[0];
    const mark = finder ? "aria-selected" : "aria-pressed";
    for (const option of options()) option.setAttribute(mark, String(Boolean(picked?.has(option.dataset.label))));
    $("none").setAttribute("aria-pressed", String(picked?.size === 0));
    const suggested = item?.suggested;
    const same = Boolean(suggested && picked && picked.size === suggested.length && suggested.every((one) => picked.has(one)));
    $("whose").textContent = same ? "The model suggests" : "Your answer";
    $("suggested").textContent = picked ? readable(inOrder()) : "Nothing chosen yet";
    $("accept").classList.toggle("idle", !picked);
    $("meter").hidden = !same || item.confidence === null;
    $("meter").value = item?.confidence ?? 0;
    $("sure").textContent = $("meter").hidden ? "" : `${Math.round(item.confidence * 100)} % sure`;
  }

  function send() {
    if (!hand[0]) return;
    if (picked) give("label", inOrder());
    else tell(`Choose labels first, or ${finder ? "Alt and 0" : "0"} where none of them fits.`);
  }

  function give(action, label, note) {
    const item = hand[0];
    if (!item || performance.now() - shownAt < TOO_SOON) return;
    sign();
    const verdict = {
      verdict_id: newId(),
      item_id: item.item_id,
      content_hash: item.content_hash,
      schema_version: setup.schema,
      action,
      labels: label === undefined ? [] : [label].flat(),
      seconds: Math.round(spent) / 1000,
      note: note || null,
    };
    outbox.put(verdict);
    given.push({ item, verdict });
    if (given.length > 100) given.shift();
    tell("");
    hand.shift();
    mark(told(verdict));
    sync();
    show();
  }

  function told(verdict) {
    if (verdict.action === "label") return readable(verdict.labels);
    return { skip: "skipped", flag: "flagged" }[verdict.action] ?? verdict.action;
  }

  function mark(text) {
    const undo = $("undo");
    undo.replaceChildren("Undo ", element("span", text, "last"), " ", element("kbd", "u"));
  }

  async function undo() {
    const unsent = outbox.list().filter((one) => !inFlight.has(one.verdict_id)).pop();
    const local = unsent && given.findLast((one) => one.verdict.verdict_id === unsent.verdict_id);
    if (local) {
      outbox.drop(unsent.verdict_id);
      bring(local.item, unsent);
      return;
    }
    await sending;
    if (outbox.list().length) {
      tell("That answer is on its way; taking it back needs the connection.");
      return;
    }
    undoId ??= newId();
    try {
      const { item } = await call("/api/undo", { undo_id: undoId });
      undoId = null;
      if (item) bring(item, given.findLast((one) => one.item.item_id === item.item_id)?.verdict);
      else tell("There is nothing to take back, or somebody else has that question now.");
    } catch (error) {
      tell(error instanceof Refused ? error.message : "Taking back a sent answer needs the connection.");
    }
  }

  function bring(item, verdict) {
    hand = [item, ...hand.filter((one) => one.item_id !== item.item_id)];
    const place = given.findLastIndex((one) => one.item.item_id === item.item_id);
    if (place >= 0) given.splice(place, 1);
    const before = given.at(-1)?.verdict;
    mark(before ? told(before) : "");
    show();
    const said = verdict ? told(verdict) : "";
    if (setup.several && verdict?.action === "label") choseAnew(verdict.labels);
    tell(said ? `Taken back; you had said “${said}”.` : "Taken back; here it is again.");
  }

  // --- why --------------------------------------------------------------------------------------

  function closeWhy() {
    $("because").hidden = true;
    $("why").setAttribute("aria-expanded", "false");
  }

  async function why() {
    const item = hand[0];
    const place = $("because");
    if (!item?.explained) return;
    if (!place.hidden) { closeWhy(); return; }
    place.replaceChildren(element("p", "Looking…", "soft"));
    place.hidden = false;
    $("why").setAttribute("aria-expanded", "true");
    try {
      const found = await call(`/api/items/${item.item_id}/why`);
      if (hand[0] === item) place.replaceChildren(...reasons(found));
    } catch (error) {
      place.replaceChildren(element("p", error instanceof Refused ? error.message : "This needs the connection."));
    }
  }

  function reasons(found) {
    const facts = element("dl");
    const add = (name, value) => facts.append(element("dt", name), element("dd", value));
    add("Lane", found.lane);
    add("Chance of being drawn", found.propensity.toPrecision(2));
    if (found.margin !== null) add(setup.several ? "Labels away from doubt, on average" : "Model’s first choice ahead by", `${Math.round(found.margin * 100)} points`);
    add("Model", found.model_id ?? "none yet");
    add("Turn", found.turn);
    const parts = [element("p", found.reason), facts];
    if (found.neighbours.length) {
      parts.push(element("h3", "Nearest labelled documents"));
      const list = element("ul");
      for (const near of found.neighbours) {
        const line = element("li");
        const text = element("span", near.title || near.excerpt, "excerpt");
        text.dir = "auto";
        line.append(element("b", near.label), ` ${near.similarity.toFixed(2)} `, text);
        list.append(line);
      }
      parts.push(list);
    }
    return parts;
  }

  // --- many labels: type part of a name --------------------------------------------------------

  const finder = $("find");
  const options = () => [...document.querySelectorAll("#labels [data-label]")];
  let chosen = -1;

  function narrow() {
    const typed = finder.value.trim().toLowerCase();
    const rank = (label) => {
      const name = label.toLowerCase();
      if (name.startsWith(typed)) return 0;
      return name.includes(typed) ? 1 : 2;
    };
    const suggested = hand[0]?.suggested ?? [];
    const sorted = options().sort((a, b) =>
      rank(a.dataset.label) - rank(b.dataset.label)
      || suggested.includes(b.dataset.label) - suggested.includes(a.dataset.label)
      || setup.labels.indexOf(a.dataset.label) - setup.labels.indexOf(b.dataset.label));
    for (const option of sorted) {
      option.hidden = rank(option.dataset.label) === 2;
      $("labels").append(option);
    }
    choose(typed && sorted.length && !sorted[0].hidden ? 0 : -1);
  }

  function choose(place) {
    const seen = options().filter((option) => !option.hidden);
    chosen = seen.length ? Math.max(-1, Math.min(place, seen.length - 1)) : -1;
    for (const option of options()) {
      option.classList.remove("active");
      if (!setup.several) option.setAttribute("aria-selected", "false");
    }
    finder.removeAttribute("aria-activedescendant");
    if (chosen < 0) return;
    seen[chosen].classList.add("active");
    if (!setup.several) seen[chosen].setAttribute("aria-selected", "true");
    seen[chosen].scrollIntoView({ block: "nearest" });
    finder.setAttribute("aria-activedescendant", seen[chosen].id);
  }

  function finderKey(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Escape") {
      finder.value = "";
      narrow();
    } else if (event.key === "Enter") {
      const option = options().filter((one) => !one.hidden)[chosen];
      if (option) answerWith(option.dataset.label);
      else if (!finder.value.trim()) accept();
      event.preventDefault();
    }
  }

  // --- keys and clicks --------------------------------------------------------------------------

  function accept() {
    if (setup.several) send();
    else if (hand[0]?.suggestion) give("label", hand[0].suggestion);
  }

  function answerWith(label) {
    if (!setup.several) { give("label", label); return; }
    toggle(label);
    if (finder?.value) { finder.value = ""; narrow(); }
  }

  const commands = {
    s: () => give("skip"),
    f: () => flag(),
    u: () => undo(),
    m: () => { if (hand[0]) drawText(hand[0], true); $("more").hidden = true; },
    w: () => why(),
    d: () => describe(!document.body.classList.contains("bare")),
    g: () => $("guide-dialog")?.showModal(),
    n: () => { if (hand[0]) { tellNew(""); $("new-form").reset(); $("new-dialog").showModal(); } },
    "?": () => $("help-dialog").showModal(),
    ...(setup.several && { 0: () => toggle() }),
  };

  function flag() {
    if (!hand[0]) return;
    $("note").value = "";
    $("flag-dialog").returnValue = "";
    $("flag-dialog").showModal();
  }

  $("flag-dialog").addEventListener("close", () => {
    if ($("flag-dialog").returnValue === "flag") give("flag", undefined, $("note").value.trim());
  });

  function tellNew(text) {
    $("new-message").textContent = text;
    $("new-message").hidden = !text;
  }

  $("new-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { name, description } = Object.fromEntries(new FormData($("new-form")));
    const item = hand[0];
    try {
      await call("/api/proposals", { name, description, document_id: item?.document_id ?? null });
    } catch (error) {
      tellNew(error instanceof Refused ? error.message : "Proposing needs the connection.");
      return;
    }
    $("new-dialog").close();
    if (event.submitter?.value === "skip" && hand[0] === item) give("skip");
    tell(`“${name.trim()}” is proposed, and waits for whoever runs the project.`);
    sync();
  });

  function describe(bare) {
    document.body.classList.toggle("bare", bare);
    try { localStorage.setItem("labelloop-bare", bare ? "1" : ""); } catch { /* only a preference */ }
  }

  document.addEventListener("keydown", (event) => {
    sign();
    if (event.repeat || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (finder) {
      const letter = event.code.match(/^(?:Key|Digit)(.)$/)?.[1].toLowerCase() ?? event.key;
      if (event.altKey && commands[letter]) { event.preventDefault(); commands[letter](); }
      else if (event.key === "?" && !finder.value) { event.preventDefault(); commands["?"](); }
      else if (target === finder) finderKey(event);
      return;
    }
    if (event.altKey || target.closest("input, textarea, select")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Enter") {
      if (target.closest("button, a, summary") && !(setup.several && target.closest("#labels"))) return;
      event.preventDefault();
      accept();
      return;
    }
    const place = setup.keys.indexOf(key);
    if (place >= 0) { event.preventDefault(); answerWith(setup.labels[place]); }
    else if (commands[key]) { event.preventDefault(); commands[key](); }
  });

  // The second click of a double click would answer the next question unread.
  function onClick(id, act) {
    $(id)?.addEventListener("click", (event) => { if (event.detail < 2) act(); });
  }
  onClick("accept", accept);
  onClick("skip", commands.s);
  onClick("flag", commands.f);
  onClick("undo", commands.u);
  onClick("undo-last", commands.u);
  onClick("more", commands.m);
  onClick("why", commands.w);
  onClick("new", commands.n);
  onClick("help", commands["?"]);
  onClick("guide", commands.g);
  onClick("look", sync);
  $("labels").addEventListener("click", (event) => {
    const option = event.target.closest("[data-label]");
    if (option && (event.detail < 2 || setup.several)) answerWith(option.dataset.label);
  });
  if (setup.several) $("none").addEventListener("click", () => toggle());
  finder?.addEventListener("input", narrow);
  for (const kind of ["pointermove", "pointerdown", "wheel"]) {
    document.addEventListener(kind, sign, { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) sign();
    else { lastSign = performance.now(); sync(); }
  });

  // --- coming and going ---------------------------------------------------------------------------

  addEventListener("online", () => { pause = 0; sync(); });
  addEventListener("offline", () => fail(new TypeError("offline"), []));
  addEventListener("pagehide", () => {
    if (hand.length) call("/api/release", { items: hand.map((one) => one.item_id) }, true).catch(() => {});
  });
  addEventListener("pageshow", (event) => { if (event.persisted) { hand = []; sync(); } });
  setInterval(() => { if (hand.length && !document.hidden) sync(); }, RENEW);
  try { describe(localStorage.getItem("labelloop-bare") === "1"); } catch { /* only a preference */ }
  try { tell(sessionStorage.getItem("labelloop-told") ?? ""); sessionStorage.removeItem("labelloop-told"); } catch { /* only a word */ }
  mark("");
  sync();
})();
