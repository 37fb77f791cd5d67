// The page: the server holds all state, this draws it and sends what the person does.

import { drawBlocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { announce, say } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { bareValues } from "./elements.js";
import { drawConversation, drawThread, withKeys } from "./messages.js";
import { drawModal } from "./modal.js";
import { openPanel } from "./panel.js";
import { drawPlaces, drawWho } from "./sidebar.js";

const $ = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);
const view = { me: address.get("as"), at: address.get("at"), thread: address.get("thread"), newFrom: null, drawn: null };
let state = { people: [], conversations: [] };
const heard = new Map(); // the newest message that was announced, by conversation
const places = new Map(); // where a conversation was scrolled to
const marked = new Map(); // what was said to be read

// -- talking to the server ----

async function act(what) {
  let result;
  try {
    const response = await fetch("/sandbox/act", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: view.me, ...what }),
    });
    result = await response.json();
  } catch {
    result = { ok: false, error: "The local workspace has stopped, or did not understand." };
  }
  if (!result.errors && what.do !== "read") say(result.error);
  await refresh();
  return result;
}

let waiting = null;
function soon() {
  waiting ??= setTimeout(() => { waiting = null; refresh(); }, 40);
}

let asked = 0;
async function refresh() {
  const mine = ++asked;
  let fresh;
  try {
    const response = await fetch(`/sandbox/state?as=${encodeURIComponent(view.me ?? "")}`);
    fresh = await response.json();
  } catch {
    return undefined;
  }
  if (mine !== asked) return undefined; // a later question is on its way
  if (fresh.run !== (sessionStorage.getItem("run") ?? fresh.run)) sessionStorage.clear();
  sessionStorage.setItem("run", fresh.run);
  if (!fresh.people.some((person) => person.id === view.me)) {
    // Somebody to whom the app has written has something to read.
    const there = fresh.people.filter((person) => !person.deleted);
    const first = there.find((person) => person.written_to) ?? there[0];
    if (first) {
      view.me = first.id;
      return refresh();
    }
  }
  state = fresh;
  return draw();
}

// -- what there is ----

function context() {
  const people = Object.fromEntries(state.people.filter((p) => !p.deleted).map((p) => [p.id, p.real_name]));
  return {
    me: view.me,
    bot: state.bot,
    now: state.now,
    tz: state.people.find((person) => person.id === view.me)?.tz,
    people,
    names: { ...Object.fromEntries(state.people.map((p) => [p.id, p.real_name])), [state.bot]: state.app },
    channels: state.channels ?? {},
    wouldOpen: (url) => say(`On Slack this would open ${url}. This page opens nothing outside.`, "quiet"),
  };
}

function conversations() {
  const given = state.conversations ?? [];
  const dm = given.find((one) => one.kind === "im") ?? { id: null, kind: "im", name: "", unread: 0, messages: [] };
  return [{ ...dm, key: "dm" }, ...given.filter((one) => one.kind !== "im").map((one) => ({ ...one, key: one.id }))];
}

const kindIcon = (one) => (one.archived ? "archive" : one.kind === "group" ? "lock" : "hash");

function sections(list) {
  const home = state.home_tab ? [{ key: "home", name: "Home", icon: "home" }] : [];
  const channels = list.filter((one) => one.kind !== "im").map((one) => ({
    key: one.key, name: one.name, icon: kindIcon(one), unread: one.unread, archived: one.archived,
  }));
  return [
    { name: state.app, places: home },
    { name: "Direct messages", places: [{ key: "dm", name: state.app, bot: state.bot, unread: list[0].unread }] },
    { name: "Channels", places: channels },
  ];
}

// -- drawing ----

function draw() {
  const list = conversations();
  const home = view.at === "home" && state.home_tab;
  const here = list.find((one) => one.key === view.at) ?? list[0];
  if (!home) view.at = here.key;
  if (view.drawn !== `${view.me} ${view.at}`) arrive(here);
  remember();
  drawTop(list, here, home);
  drawWhoOnce();
  drawPlaces(sections(list), view.at, go);
  $("stage").hidden = $("composer").hidden = home;
  $("home").hidden = !home;
  if (home) drawHome();
  else drawHere(here);
  drawSide(here, home);
  composer.draw();
  drawModal(state.modal, context(), act);
  tell(list, home ? null : here);
  if (!home && here.id && here.unread && !document.hidden) markRead(here);
}

let who = "";
function drawWhoOnce() {
  const now = JSON.stringify([state.people, view.me]);
  if (now !== who) drawWho(state, view.me);
  who = now;
}

function drawTop(list, here, home) {
  const me = context().names[view.me] ?? "";
  const unread = list.reduce((sum, one) => sum + (one.key === view.at ? 0 : one.unread), 0);
  const name = home ? "Home" : here.kind === "im" ? state.app : here.name;
  document.title = `${unread ? `(${unread}) ` : ""}${name} · ${me} · local workspace`;
  $("title").replaceChildren(home ? icon("home") : here.kind === "im" ? icon("chat") : icon(kindIcon(here)), name);
  $("about").textContent = home ? state.app : here.archived ? "Archived: nothing can be written here any more"
    : here.kind === "im" ? "Direct messages" : `${here.members} members${here.kind === "group" ? " · private" : ""}`;
  $("connection").textContent = state.connected ? "" : `${state.app} is not connected.`;
  $("open-side").classList.toggle("unread", unread > 0);
  $("another").href = `/?as=${encodeURIComponent(state.people.find((p) => p.id !== view.me && !p.deleted)?.id ?? "")}`;
}

// Coming to a conversation: where it was left, or where the new messages begin.
function arrive(here) {
  view.drawn = `${view.me} ${view.at}`;
  const unread = here.messages.filter((one) => Number(one.ts) > Number(here.read ?? 0) && one.user !== view.me);
  const read = here.messages.some((one) => Number(one.ts) <= Number(here.read ?? 0));
  view.newFrom = unread.length && read ? unread[0].ts : null;
  $("messages").replaceChildren();
  stuck.messages = !places.has(view.drawn) && !view.newFrom;
  tops.messages = 0;
}

// Whether a list follows its end. Only going up lets go of it: a picture that arrives makes the list longer.
const stuck = { messages: true, "thread-messages": true };
const tops = { messages: 0, "thread-messages": 0 };
function stickToEnd(id) {
  const list = $(id);
  const box = list.parentElement;
  const atEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const settle = () => { if (stuck[id]) box.scrollTop = box.scrollHeight; };
  box.addEventListener("scroll", () => {
    if (atEnd()) stuck[id] = true;
    else if (box.scrollTop < tops[id] - 2) stuck[id] = false;
    tops[id] = box.scrollTop;
    if (id !== "messages") return;
    if (stuck.messages) { places.delete(view.drawn); $("newest").hidden = true; }
    else places.set(view.drawn, box.scrollTop);
  }, { passive: true });
  new ResizeObserver(settle).observe(list);
  new ResizeObserver(settle).observe(box);
}

function drawHere(here) {
  const list = $("messages");
  const fresh = !list.childElementCount;
  const last = list.lastElementChild?.dataset.ts;
  drawConversation(list, here, context(), acts, view.newFrom);
  const box = list.parentElement;
  if (fresh && places.has(view.drawn)) box.scrollTop = places.get(view.drawn);
  else if (fresh && view.newFrom) list.querySelector(".new")?.scrollIntoView({ block: "center" });
  else if (stuck.messages || here.messages.at(-1)?.user === view.me) box.scrollTop = box.scrollHeight;
  else if (!fresh && list.lastElementChild?.dataset.ts !== last) $("newest").hidden = false;
}

function drawSide(here, home) {
  const parent = view.thread && !home ? here.messages.find((one) => one.ts === view.thread) : null;
  const panel = $("thread");
  panel.hidden = !parent;
  $("workspace").classList.toggle("with-thread", Boolean(parent));
  if (!parent) { view.thread = null; return; }
  $("thread-about").textContent = here.kind === "im" ? state.app : `# ${here.name}`;
  drawThread($("thread-messages"), here, parent, context(), acts);
  threadComposer.draw();
}

let homeDrawn = "";
function drawHome() {
  const now = JSON.stringify([state.home, view.me, state.people]);
  if (now === homeDrawn) return;
  homeDrawn = now;
  const focused = $("home").contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const home = state.home;
  const form = home && {
    key: home.id,
    values: bareValues(home.state.values),
    send: (block, element, value) => act({
      do: "click", view_id: home.id, action_id: element.action_id, value, values: form.values,
    }),
  };
  $("home").replaceChildren(el("div", { class: "sheet" }, ...(home ? drawBlocks(home.blocks, context(), form)
    : [el("p", { class: "empty" }, `${state.app} has not put anything on your Home yet.`)])));
  if (focused) $("home").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

// -- new messages ----

function tell(list, here) {
  const names = context().names;
  for (const one of list) {
    const last = one.messages.at(-1);
    const key = `${view.me} ${one.key}`;
    const before = heard.get(key);
    heard.set(key, last?.ts ?? "0");
    if (before === undefined || !last || Number(last.ts) <= Number(before) || last.user === view.me) continue;
    const text = one.key === here?.key ? `: ${last.text}` : one.kind === "im" ? "" : ` in ${one.name}`;
    announce(`New message from ${names[last.user] ?? last.user}${text}`);
  }
}

function markRead(here) {
  const last = here.messages.at(-1).ts;
  const key = `${view.me} ${here.id}`;
  if (marked.get(key) === last) return;
  marked.set(key, last);
  act({ do: "read", channel: here.id, ts: last });
}

// -- what the person does ----

function remember() {
  const at = new URLSearchParams({ as: view.me ?? "", at: view.at ?? "" });
  if (view.thread) at.set("thread", view.thread);
  history.replaceState(null, "", `?${at}`);
}

function side(open) {
  $("workspace").classList.toggle("side-open", open);
  $("open-side").setAttribute("aria-expanded", String(open));
  $("main").inert = $("thread").inert = open;
}

function go(key) {
  view.at = key;
  view.thread = null;
  say(null);
  side(false);
  draw();
  if (key === "home") act({ do: "open_home" });
  else if (key === "dm" && state.connected && state.home_tab) act({ do: "open_home", tab: "messages" });
}

const acts = {
  act,
  appName: () => state.app,
  shortcuts: (type) => (state.shortcuts ?? []).filter((one) => one.type === type),
  openThread: (ts) => {
    view.thread = ts;
    stuck["thread-messages"] = true;
    draw();
    $("thread-composer").querySelector("textarea").focus();
  },
};

function closeThread() {
  const parent = $("messages").querySelector(`[data-ts="${view.thread}"]`);
  view.thread = null;
  draw();
  parent?.focus();
}

const narrow = window.matchMedia("(max-width: 640px)");
const current = () => conversations().find((one) => one.key === view.at);

function send(thread) {
  return (text) => {
    const [command, ...words] = text.split(" ");
    const what = text.startsWith("/") && !thread() ? { do: "command", command, text: words.join(" ") }
      : { do: "message", text, thread_ts: thread() };
    stuck[thread() ? "thread-messages" : "messages"] = true;
    return act({ ...what, channel: current()?.id ?? null });
  };
}

function aboutComposer(thread) {
  return () => {
    const here = current();
    const name = !here || here.kind === "im" ? state.app : `#${here.name}`;
    const mine = state.people.find((person) => person.id === view.me);
    const closed = mine?.deleted ? `${mine.real_name}'s account is deactivated.`
      : here?.archived ? "This channel is archived."
      : here?.kind === "im" && (!state.messages_tab || state.read_only) ? `Messages to ${state.app} are turned off.` : null;
    return {
      app: state.app,
      label: thread() ? "Reply" : `Message to ${name}`,
      placeholder: thread() ? "Reply…" : narrow.matches ? `Message ${name}` : `Message ${name}, or / for a command`,
      closed,
      draft: `draft|${view.me}|${view.at}|${thread() ?? ""}`,
      commands: thread() ? [] : state.commands ?? [],
      shortcuts: thread() ? [] : acts.shortcuts("global"),
    };
  };
}

const shortcut = (callback_id) => act({ do: "shortcut", callback_id });
const composer = new Composer($("composer"), aboutComposer(() => null), send(() => null), shortcut);
const threadComposer = new Composer($("thread-composer"), aboutComposer(() => view.thread), send(() => view.thread), shortcut);

$("who").addEventListener("change", () => {
  view.me = $("who").value;
  view.thread = null;
  if (view.at !== "home") view.at = "dm";
  say(null);
  refresh().then(() => { if (view.at === "home" && state.home_tab) act({ do: "open_home" }); });
});
$("controls").prepend(icon("sliders"));
$("controls").addEventListener("click", () => openPanel());
$("open-side").append(icon("menu"));
$("open-side").addEventListener("click", () => { side(true); $("who").focus(); });
$("another").append(icon("window"));
$("close-thread").append(icon("close"));
$("close-thread").addEventListener("click", closeThread);
$("newest").append(icon("down"), "New messages");
$("newest").addEventListener("click", () => { $("stage").scrollTop = $("stage").scrollHeight; });
$("main").addEventListener("pointerdown", () => side(false));
withKeys($("messages"));
withKeys($("thread-messages"));
stickToEnd("messages");
stickToEnd("thread-messages");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    $("composer").querySelector("textarea").focus();
  } else if (event.key === "Escape") {
    if ($("workspace").classList.contains("side-open")) { side(false); $("open-side").focus(); }
    else if (view.thread) closeThread();
    else say(null);
  }
});
$("workspace").addEventListener("pointerdown", (event) => { if (event.target === $("workspace")) side(false); });

function listen() {
  const stream = new EventSource("/sandbox/stream");
  stream.onmessage = soon;
  stream.onopen = soon;
  stream.onerror = () => { $("connection").textContent = "The local workspace has stopped."; };
}

document.addEventListener("visibilitychange", soon);
refresh().then(() => {
  // Coming by the address is opening it as well; the app fills a Home when it hears that it was opened.
  if (view.at === "home" && state.home_tab) act({ do: "open_home" });
  listen();
});
