// Draws the phones from /sandbox/state, asked for every second, and carries what is typed and pressed to the doors.

import { drawLetter } from "/sandbox/static/mail.js";
import { WORDS, moodOf } from "/sandbox/static/words.js";

const EVERY = 1000; // ms between two looks while the page is seen
const NOTE_STAYS = 4500;
const $ = (id) => document.getElementById(id);

let lang = localStorage.getItem("lang") ?? (navigator.language?.toLowerCase().startsWith("en") ? "en" : "fr");
let state = null; // what the service last showed
let skew = 0; // ms from this machine's clock to the desk's
let chosen = null; // the phone in front on a narrow screen
let asking = null; // timer of the next look
let silent = false; // the service did not answer last time
const phones = new Map(); // id → { element, phone, drawn: Map(row → { element, as }), answering, toasts, seen, atEnd }

const word = (name, facts = {}) => (WORDS[lang][name] ?? name).replace(/\{(\w+)\}/g, (_, fact) => facts[fact] ?? "");
const label = (both) => both[lang] ?? both.fr;
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const named = (map, key) => map[key] ?? key.replaceAll("_", " ");
const deskNow = () => new Date(Date.now() + skew);
const inZone = (date, options) => new Intl.DateTimeFormat(lang === "fr" ? "fr-FR" : "en-GB", { timeZone: state?.zone, ...options }).format(date);
const clockTime = (date) => inZone(date, { hour: "2-digit", minute: "2-digit" });
const dayKey = (date) => inZone(date, { year: "numeric", month: "2-digit", day: "2-digit" });
const longDay = (date) => inZone(date, { weekday: "long", day: "numeric", month: "long" });

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

// --- talking to the service ---

async function ask(path, body) {
  const headers = { "Accept-Language": lang };
  const options = body ? { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) } : { headers };
  const answer = await fetch(`/sandbox/${path}`, options);
  const read = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(read.error), { kind: true });
  return read;
}

async function look() {
  clearTimeout(asking);
  try {
    const shown = await ask(`state${state ? `?since=${state.version}` : ""}`);
    skew = new Date(shown.now).getTime() - Date.now();
    if (silent) note(word("back"));
    silent = false;
    if (!shown.same) {
      state = shown;
      draw();
    }
    tick();
  } catch (error) {
    if (error.kind) note(error.message, true);
    else if (!silent) note(word("offline"), true);
    silent = true;
  }
  clearTimeout(asking);
  if (!document.hidden) asking = setTimeout(look, silent ? 3 * EVERY : EVERY);
}

async function act(path, body) {
  try {
    return await ask(path, body);
  } catch (error) {
    note(error.kind ? error.message : word("offline"), true);
    return null;
  } finally {
    look();
  }
}

function note(text, bad = false) {
  const element = make("p", bad ? "note bad" : "note", text);
  $("notes").replaceChildren(element);
  setTimeout(() => element.remove(), NOTE_STAYS);
}

// --- the clock ---

function tick() {
  if (!state) return;
  const now = deskNow();
  $("time").textContent = clockTime(now);
  $("time").dateTime = now.toISOString();
  $("date").textContent = longDay(now);
  for (const bar of document.querySelectorAll(".bar-time")) bar.textContent = clockTime(now);
}

async function moveClock(body) {
  const clock = document.querySelector(".clock");
  const buttons = [...clock.querySelectorAll("button")];
  const pressed = document.activeElement;
  clock.setAttribute("aria-busy", "true");
  buttons.forEach((button) => { button.disabled = true; });
  note(word("moving"));
  const moved = await act("clock", body);
  buttons.forEach((button) => { button.disabled = false; });
  clock.removeAttribute("aria-busy");
  if (buttons.includes(pressed)) pressed.focus();
  if (moved) note(word("moved", { when: `${longDay(new Date(moved.now))}, ${clockTime(new Date(moved.now))}` }));
}

// --- the phones ---

function draw() {
  const first = !phones.size;
  for (const phone of state.phones) drawPhone(phone);
  if (first) choose(state.phones[0]?.id);
  drawDock();
  drawStrip();
}

function drawPhone(phone) {
  const known = phones.get(phone.id) ?? setUp(phone);
  const { element } = known;
  known.phone = phone;
  element.querySelector(".title").textContent = label(phone.title);
  element.querySelector(".subtitle").textContent = label(phone.subtitle);
  drawWriting(known);
  drawLog(known);
  showToasts(known);
}

function setUp(phone) {
  const element = $("phone").content.firstElementChild.cloneNode(true);
  const known = { element, drawn: new Map(), answering: null, toasts: null, seen: 0, phone };
  element.dataset.kind = phone.kind;
  element.id = `phone-${phone.id}`;
  element.style.setProperty("--hue", hueOf(phone.id));
  element.querySelector(".title").id = `title-${phone.id}`;
  element.setAttribute("aria-labelledby", `title-${phone.id}`);
  element.querySelector(".avatar").textContent = phone.title.fr[0];
  element.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); submit(known, false); });
  element.querySelector(".photo").addEventListener("click", () => submit(known, true));
  element.querySelector(".no-answer").addEventListener("click", () => answer(known, null));
  keepAtEnd(known);
  phones.set(phone.id, known);
  $("phones").append(element);
  return known;
}

// A conversation read to its end stays there when its frame grows or shrinks, or when more is said.
function keepAtEnd(known) {
  const log = known.element.querySelector(".log");
  known.atEnd = true;
  log.addEventListener("scroll", () => { known.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60; });
  const stay = () => { if (known.atEnd) log.scrollTop = log.scrollHeight; };
  log.addEventListener("load", stay, true); // of a picture in it
  new ResizeObserver(stay).observe(log);
}

const hueOf = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);

function drawWriting({ element, phone, answering }) {
  const name = label(phone.title);
  element.querySelector(".badge").textContent = WORDS[lang].badges[phone.kind];
  element.querySelector(".log").setAttribute("aria-label", word("conversation", { name }));
  const input = element.querySelector("input");
  input.setAttribute("aria-label", word("write", { name }));
  input.placeholder = word("placeholder");
  setLabel(element.querySelector(".send"), word("send"));
  setLabel(element.querySelector(".photo"), word("photo"));
  setLabel(element.querySelector(".no-answer"), word("no_answer"));
  element.querySelector(".answering").hidden = !answering;
  element.querySelector(".answering span").textContent = answering ? word("answering", { text: answering.text }) : "";
  drawWriters(element, phone);
  drawChips(element, phone);
}

function setLabel(button, text) {
  button.setAttribute("aria-label", text);
  button.title = text;
}

function drawWriters(element, phone) {
  const select = element.querySelector("select");
  element.querySelector(".as").hidden = phone.writers.length < 2;
  element.querySelector(".as-word").textContent = word("write_as");
  const before = select.value;
  select.replaceChildren(...phone.writers.map((writer) => new Option(`${writer.name} (${label(writer.role)})`, writer.id)));
  if (before) select.value = before;
}

function drawChips(element, phone) {
  const chips = element.querySelector(".chips");
  const wanted = phone.chips.map(label);
  chips.setAttribute("aria-label", word("chips"));
  if (chips.dataset.shown === wanted.join("\n")) return;
  chips.dataset.shown = wanted.join("\n");
  chips.replaceChildren(...wanted.map((text) => {
    const chip = make("button", "", text);
    chip.type = "button";
    chip.addEventListener("click", () => send(phones.get(phone.id), text, false));
    return chip;
  }));
}

function writerOf({ element, phone }) {
  return phone.writers.length ? element.querySelector("select").value : "";
}

async function submit(known, photo) {
  const input = known.element.querySelector("input");
  const text = input.value.trim();
  if (!text && !photo) return;
  input.value = "";
  if (!(await send(known, text, photo)) && !input.value) input.value = text;
}

async function send(known, text, photo) {
  const replied = known.answering;
  answer(known, null);
  const { phone } = known;
  return act("say", { phone: phone.id, text, photo, as: writerOf(known), reply_to: replied?.id ?? "" });
}

function answer(known, message) {
  known.answering = message;
  drawWriting(known);
  if (message) known.element.querySelector("input").focus();
}

// --- one conversation ---

function drawLog(known) {
  const log = known.element.querySelector(".log");
  const { atEnd } = known;
  const first = !known.drawn.size;
  const wanted = rowsOf(known.phone);
  const kept = new Set(wanted.map((row) => row.key));
  for (const [key, { element }] of known.drawn) if (!kept.has(key)) { element.remove(); known.drawn.delete(key); }
  wanted.forEach((row, place) => placeRow(known, log, row, place, first));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// The messages with a line before each new day, as { key, as, make }: `as` changes when the row must be drawn anew.
function rowsOf(phone) {
  const rows = [];
  let day = "";
  for (const message of phone.messages) {
    const at = new Date(message.at);
    if (dayKey(at) !== day) {
      day = dayKey(at);
      const text = dayName(at);
      rows.push({ key: `day ${day}`, as: text, make: () => make("li", "day", text) });
    }
    rows.push({ key: message.id, as: lang + JSON.stringify(message), make: () => drawMessage(phone, message) });
  }
  if (!rows.length) rows.push({ key: "empty", as: lang, make: () => make("li", "empty", word(emptyOf(phone))) });
  return rows;
}

function emptyOf(phone) {
  if (phone.kind === "mail") return "empty_mail";
  return phone.chips.length ? "empty" : "empty_plain";
}

function placeRow(known, log, row, place, first) {
  const before = known.drawn.get(row.key);
  if (before?.as === row.as) return;
  const element = row.make();
  if (before) before.element.replaceWith(element);
  else {
    if (!first) element.classList.add("fresh");
    log.insertBefore(element, log.children[place] ?? null);
  }
  known.drawn.set(row.key, { element, as: row.as });
}

function dayName(at) {
  if (dayKey(at) === dayKey(deskNow())) return word("today");
  if (dayKey(at) === dayKey(new Date(deskNow().getTime() - 864e5))) return word("yesterday");
  return longDay(at);
}

function drawMessage(phone, message) {
  if (phone.kind === "mail") return drawLetter(message, clockTime, message === phone.messages.at(-1));
  if (message.service) return make("li", "service", word(message.service === "moved" ? "moved_group" : message.service, { name: message.author }));
  const element = make("li", message.mine ? "message mine" : "message");
  element.dataset.id = message.id;
  element.append(drawBubble(phone, message));
  if (message.reactions.length) element.append(make("span", "reactions", message.reactions.join(" ")));
  const keys = message.buttons.map((row) => row.map((button) => [button.label, button.payload]));
  const keyboard = message.keyboard.map((row) => row.map((text) => [text, text]));
  if (keys.length || keyboard.length) element.append(drawKeys(phone, message, [...keys, ...keyboard]));
  element.append(answerButton(phone, message));
  return element;
}

function drawBubble(phone, message) {
  const bubble = make("div", "bubble");
  if (phone.kind === "group") bubble.append(make("span", "author", message.author));
  if (message.reply) bubble.append(make("span", "quote", `${message.reply.author} : ${message.reply.text}`));
  message.files.forEach((file, number) => bubble.append(drawFile(phone, message, file, number)));
  bubble.append(phone.kind === "whatsapp" ? readStars(message.text) : readEntities(message.text, message.entities), drawMeta(message));
  return bubble;
}

function drawFile(phone, message, file, number) {
  const address = `/sandbox/file/${phone.id}/${encodeURIComponent(message.id)}/${number}`;
  const element = make(file.picture ? "img" : "a", file.picture ? "picture" : "file", file.picture ? "" : file.name || word("file"));
  if (file.picture) Object.assign(element, { src: address, alt: word("picture") });
  else Object.assign(element, { href: address, download: file.name });
  return element;
}

function drawMeta(message) {
  const meta = make("span", "meta", message.edited ? `${word("edited")} ` : "");
  const time = make("time", "", clockTime(new Date(message.at)));
  time.dateTime = message.at;
  meta.append(time);
  const status = named(WORDS[lang].ticks, message.status);
  const failed = ["lost", "failed", "undelivered"].includes(message.status);
  const marks = { queued: "", sent: "✓", delivered: "✓✓", read: "✓✓" };
  const ticks = make("span", `ticks ${failed ? "lost" : message.status}`, failed ? `! ${status}` : marks[message.status]);
  ticks.setAttribute("role", "img");
  ticks.setAttribute("aria-label", status);
  ticks.title = status;
  meta.append(ticks);
  return meta;
}

function drawKeys(phone, message, rows) {
  const keys = make("div", "keys");
  for (const row of rows) {
    const line = make("div");
    for (const [text, payload] of row) {
      const key = make("button", "", text);
      key.type = "button";
      key.addEventListener("click", () => {
        const known = phones.get(phone.id);
        act("press", { phone: phone.id, message_id: message.id, button: payload, as: writerOf(known) });
      });
      line.append(key);
    }
    keys.append(line);
  }
  return keys;
}

function answerButton(phone, message) {
  const button = make("button", "answer-this", "↩");
  button.type = "button";
  setLabel(button, word("answer"));
  button.addEventListener("click", () => answer(phones.get(phone.id), message));
  return button;
}

// The short notes a press is answered with: shown once, on the phone they were meant for.
function showToasts(known) {
  const texts = known.phone.messages.flatMap((message) => message.toasts.map((toast) => toast.text));
  const fresh = known.toasts === null ? [] : texts.slice(known.toasts);
  known.toasts = texts.length;
  for (const text of fresh) {
    const toast = make("p", "toast", text);
    toast.setAttribute("role", "status");
    known.element.querySelector(".glass").append(toast);
    setTimeout(() => toast.remove(), NOTE_STAYS);
  }
}

// --- marked-up words, built node by node: nothing a person typed is ever read as HTML ---

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "code", blockquote: "blockquote" };

function readEntities(text, entities) {
  const marks = entities.filter((one) => TAGS[one.type] || (one.type === "text_link" && /^https?:/.test(one.url)));
  return nest(text, 0, text.length, marks);
}

function nest(text, from, to, marks) {
  const part = document.createDocumentFragment();
  let at = from;
  let rest = marks.filter((one) => one.offset >= from && one.offset + one.length <= to);
  while (rest.length) {
    const [mark, ...others] = rest;
    const end = mark.offset + mark.length;
    part.append(linked(text.slice(at, mark.offset)));
    const element = mark.type === "text_link" ? anchor(mark.url) : make(TAGS[mark.type]);
    element.append(nest(text, mark.offset, end, others));
    part.append(element);
    at = end;
    rest = others.filter((one) => one.offset >= end);
  }
  part.append(linked(text.slice(at, to)));
  return part;
}

const STARS = /(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])/u;

function readStars(text) {
  const part = document.createDocumentFragment();
  let rest = text;
  for (let found = STARS.exec(rest); found; found = STARS.exec(rest)) {
    part.append(linked(rest.slice(0, found.index)));
    const element = make(found[1] ? "b" : "i");
    element.append(readStars(found[1] ?? found[2]));
    part.append(element);
    rest = rest.slice(found.index + found[0].length);
  }
  part.append(linked(rest));
  return part;
}

function linked(text) {
  const part = document.createDocumentFragment();
  for (const [index, piece] of text.split(/(https?:\/\/[^\s<>"]+)/).entries()) {
    if (index % 2 === 0) part.append(piece);
    else part.append(anchor(piece, piece));
  }
  return part;
}

function anchor(url, text = "") {
  const element = make("a", "", text);
  element.href = url;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

// --- the dock and the strip ---

function drawDock() {
  const buttons = state.phones.map((phone) => dockButton(phone.id, label(phone.title), unread(phone)));
  const activity = dockButton("activity", word("activity"), 0);
  activity.classList.add("activity");
  const focused = document.activeElement?.dataset?.phone;
  $("dock").replaceChildren(...buttons, activity);
  if (focused) $("dock").querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
}

function dockButton(id, name, count) {
  const button = make("button");
  button.type = "button";
  button.dataset.phone = id;
  if (id === chosen) button.setAttribute("aria-current", "true");
  if (id !== "activity") {
    const avatar = make("span", "avatar", name[0]);
    avatar.style.setProperty("--hue", hueOf(id));
    avatar.setAttribute("aria-hidden", "true");
    button.append(avatar);
  }
  const badge = make("span", "count", count ? String(count) : "");
  if (count) badge.setAttribute("aria-label", `${count} ${word("unread")}`);
  button.append(make("span", "", name), badge);
  button.addEventListener("click", () => choose(id));
  return button;
}

// Only one phone is seen on a narrow screen; on a wide one nothing is out of sight.
function unread(phone) {
  const known = phones.get(phone.id);
  const said = phone.messages.filter((message) => !message.mine && !message.service).length;
  if (phone.id === chosen || !narrow.matches) known.seen = said;
  return said - known.seen;
}

const narrow = matchMedia("(max-width: 700px)");

function choose(id) {
  chosen = id;
  document.body.dataset.chosen = id;
  for (const [key, { element }] of phones) element.classList.toggle("chosen", key === id);
  const element = phones.get(id)?.element;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!narrow.matches) element?.scrollIntoView({ behavior: calm ? "auto" : "smooth", inline: "nearest", block: "nearest" });
  drawDock();
}

function drawStrip() {
  const { planned, outbox } = state.strip;
  fillList($("planned"), planned.map(plannedRow), word("no_planned"));
  fillList($("outbox"), outbox.map(outboxRow), word("no_outbox"));
  drawTrouble();
  $("setup").hidden = !state.setup_code;
  $("setup").replaceChildren(word("setup"), make("code", "", `/bind ${state.setup_code}`));
}

function drawTrouble() {
  const focused = document.activeElement?.dataset?.trouble;
  const buttons = Object.entries(WORDS[lang].troubles).map(([what, text]) => {
    const on = state.trouble.includes(what);
    const button = make("button", "", text);
    button.type = "button";
    button.dataset.trouble = what;
    button.setAttribute("aria-pressed", String(on));
    button.addEventListener("click", () => act("trouble", { what, on: !on }));
    return button;
  });
  $("trouble").replaceChildren(...buttons);
  if (focused) $("trouble").querySelector(`[data-trouble="${focused}"]`)?.focus();
}

function fillList(list, rows, none) {
  list.replaceChildren(...(rows.length ? rows : [make("li", "none", none)]));
}

function plannedRow({ at, kind, who, what }) {
  return stripRow(named(WORDS[lang].kinds, kind), make("span", "when", shortTime(new Date(at))), [who, what]);
}

function outboxRow({ message, named: called, to, state: status, at }) {
  const badge = make("span", `state ${moodOf(status)}`, named(WORDS[lang].states, status));
  const title = WORDS[lang].kinds[message] || capital(called?.[lang] ?? "") || named({}, message);
  return stripRow(title, badge, [to, at && shortTime(new Date(at))]);
}

function stripRow(name, end, details) {
  const row = make("li");
  const first = make("div", "first");
  first.append(make("b", "", name), end);
  row.append(first, make("div", "second", details.filter(Boolean).join(" · ")));
  return row;
}

function shortTime(at) {
  const sameDay = dayKey(at) === dayKey(deskNow());
  return sameDay ? clockTime(at) : `${inZone(at, { weekday: "short", day: "numeric" })}, ${clockTime(at)}`;
}

// --- the language ---

function speak(wanted) {
  lang = wanted;
  localStorage.setItem("lang", lang);
  document.documentElement.lang = lang;
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", word(element.dataset.label));
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
  if (state) draw();
  tick();
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => speak(button.dataset.lang));
for (const button of document.querySelectorAll("[data-by]")) button.addEventListener("click", () => moveClock({ by: Number(button.dataset.by) }));
for (const button of document.querySelectorAll("[data-next]")) button.addEventListener("click", () => moveClock({ next: button.dataset.next }));
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
narrow.addEventListener("change", () => { if (state) drawDock(); });
setInterval(tick, EVERY);
speak(lang);
look();
