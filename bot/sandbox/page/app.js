// The page: who you are, their conversations, and what they do. The server holds all state; this draws it.

import { drawBlocks } from "./draw.js";
import { el, mrkdwn } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);
const view = { me: address.get("as"), at: address.get("at"), tab: address.get("tab") ?? "messages", thread: null };
let state = { people: [], conversations: [] };
let drawn = {};

// -- talking to the server ----

async function act(what) {
  const response = await fetch("/sandbox/act", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ as: view.me, ...what }),
  });
  const result = await response.json().catch(() => ({ ok: false, error: "The local workspace did not understand." }));
  if (!result.errors) say(result.error);
  return result;
}

function say(sentence) {
  $("notice").textContent = sentence ?? "";
  $("notice").hidden = !sentence;
}

let waiting = null;
function soon() {
  waiting ??= setTimeout(() => { waiting = null; refresh(); }, 60);
}

async function refresh() {
  const response = await fetch(`/sandbox/state?as=${encodeURIComponent(view.me ?? "")}`);
  state = await response.json();
  if (!state.people.some((person) => person.id === view.me)) {
    const first = state.people.find((person) => !person.deleted);
    if (!first) return draw();
    view.me = first.id;
    return refresh();
  }
  return draw();
}

// -- drawing ----

function context() {
  return {
    me: view.me,
    tz: state.people.find((person) => person.id === view.me)?.tz,
    names: { ...Object.fromEntries(state.people.map((p) => [p.id, p.real_name])), [state.bot]: state.app },
    channels: Object.fromEntries((state.conversations ?? []).filter((c) => c.name).map((c) => [c.id, c.name])),
  };
}

function changed(key, value) {
  const now = JSON.stringify(value);
  const same = drawn[key] === now;
  drawn[key] = now;
  return !same;
}

function draw() {
  document.title = `${state.app ?? "Rounds"}: a local workspace`;
  const list = state.conversations ?? [];
  const here = list.find((conversation) => conversation.id === view.at) ?? list[0];
  view.at = here?.id ?? null;
  $("connection").textContent = state.connected ? "" : `${state.app} is not connected.`;
  if (changed("people", [state.people, view.me])) drawPeople();
  if (changed("list", [list.map((c) => [c.id, c.name, c.unread, c.archived]), view.at])) drawList(list);
  if (changed("top", [here?.id, view.tab, state.app])) drawTop(here);
  if (changed("tools", [state.commands, state.shortcuts])) drawTools();
  const home = here?.kind === "im" && view.tab === "home";
  $("home").hidden = !home;
  $("messages").hidden = $("composer").hidden = home;
  if (home && changed("home", [state.home, view.me])) drawHome();
  if (!home && changed("messages", [here, view.me, state.people])) drawMessages(here);
  if (changed("modal", [state.modal?.id, state.modal?.hash, view.me])) drawModal();
  if (here?.unread && !home && !document.hidden) {
    act({ do: "read", channel: here.id, ts: here.messages.at(-1).ts });
  }
}

function drawPeople() {
  $("who").replaceChildren(...state.people.map((person) =>
    el("option", { value: person.id, selected: person.id === view.me, disabled: person.deleted },
      person.real_name + (person.deleted ? " (deactivated)" : ""))));
}

function drawList(list) {
  $("conversations").replaceChildren(...list.map((conversation) => {
    const name = conversation.kind === "im" ? state.app : `# ${conversation.name}${conversation.kind === "group" ? " (private)" : ""}`;
    const unread = conversation.unread && conversation.id !== view.at;
    return el("li", {}, el("button", {
      type: "button",
      class: unread ? "unread" : "",
      "aria-current": conversation.id === view.at ? "true" : null,
      onclick: () => { view.at = conversation.id; view.thread = null; say(null); drawn = { people: drawn.people }; draw(); },
    }, el("span", {}, name), unread ? el("span", { class: "count" }, String(conversation.unread)) : null));
  }));
}

function drawTop(here) {
  const im = here?.kind === "im";
  $("title").textContent = !here ? "No conversations yet" : im ? state.app : `# ${here.name}`;
  const tab = (key, name) => el("button", {
    type: "button",
    "aria-pressed": String(view.tab === key),
    onclick: () => {
      view.tab = key;
      drawn.messages = drawn.shown = null;
      draw();
      if (key === "home") act({ do: "open_home" });
    },
  }, name);
  $("tabs").replaceChildren(...(im ? [tab("messages", "Messages"), tab("home", "Home")] : []));
}

function drawTools() {
  $("commands").replaceChildren(...(state.commands ?? []).map((one) =>
    el("option", { value: `${one.command} ` }, [one.hint, one.description].filter(Boolean).join(" · "))));
  $("shortcuts").replaceChildren(...(state.shortcuts ?? []).filter((one) => one.type === "global").map((one) =>
    el("button", { type: "button", class: "button small", onclick: () => act({ do: "shortcut", callback_id: one.callback_id }) },
      one.name)));
}

const initials = (name) => name.split(/\s+/).map((word) => word[0] ?? "").slice(0, 2).join("").toUpperCase();
const hue = (id) => [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 6, 7);

function drawMessage(message, here, about, replies) {
  const bot = message.user === state.bot;
  const name = about.names[message.user] ?? message.user;
  const time = new Intl.DateTimeFormat("en-GB", {
    weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: about.tz,
  }).format(new Date(Number(message.ts) * 1000));
  const use = (element, value, block) => {
    if (!block || block.dispatch_action) {
      act({ do: "click", channel: here.id, ts: message.ts, action_id: element.action_id, value });
    }
  };
  const body = el("div", { class: "body" },
    el("div", { class: "by" }, el("strong", {}, name), bot ? el("span", { class: "app" }, "APP") : null,
      el("time", {}, time), message.edited ? el("small", {}, "(edited)") : null));
  if (message.ephemeral) body.append(el("small", { class: "only" }, "Only visible to you"));
  body.append(...(message.blocks?.length ? drawBlocks(message.blocks, about, use)
    : message.text ? [el("div", { class: "block" }, mrkdwn(message.text, about))] : []));
  for (const file of message.files ?? []) {
    const shown = { slack_file: { id: file.id }, alt_text: file.alt_txt ?? file.title ?? file.name, type: "image" };
    body.append(...(file.mode === "tombstone" ? [el("p", { class: "missing" }, "This file was deleted.")]
      : drawBlocks([shown], about, use)));
  }
  if (replies) body.append(drawThread(message, here, about, replies), tools(message, here));
  return el("li", { class: `message${message.ephemeral ? " ephemeral" : ""}` },
    el("span", { class: `face hue-${bot ? "app" : hue(message.user)}`, "aria-hidden": "true" }, initials(name)), body);
}

function drawThread(message, here, about, replies) {
  const list = el("ol", { class: "thread" });
  list.append(...replies.map((reply) => drawMessage(reply, here, about, null)));
  return replies.length ? list : el("span");
}

function tools(message, here) {
  if (message.ephemeral) return el("span");
  const reply = el("button", {
    type: "button",
    onclick: () => {
      view.thread = message.thread_ts ?? message.ts;
      $("replying").replaceChildren("Replying in a thread. ", el("button", {
        type: "button", onclick: () => { view.thread = null; $("replying").hidden = true; },
      }, "Cancel"));
      $("replying").hidden = false;
      $("text").focus();
    },
  }, "Reply");
  const more = (state.shortcuts ?? []).filter((one) => one.type === "message").map((one) => el("button", {
    type: "button",
    onclick: () => act({ do: "shortcut", callback_id: one.callback_id, channel: here.id, ts: message.ts }),
  }, one.name));
  return el("div", { class: "tools" }, reply, ...more);
}

function drawMessages(here) {
  const box = $("messages");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const focused = document.activeElement?.dataset?.key;
  const about = context();
  const all = here?.messages ?? [];
  const top = all.filter((m) => !m.thread_ts || m.thread_ts === m.ts);
  box.replaceChildren(...top.map((message) =>
    drawMessage(message, here, about, all.filter((m) => m !== message && m.thread_ts === message.ts))));
  if (!top.length) box.append(el("li", { class: "empty" }, "Nothing here yet."));
  if (focused) box.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  if (atEnd || drawn.shown !== here?.id) {
    box.scrollTop = box.scrollHeight;
    for (const image of box.querySelectorAll("img")) {
      image.addEventListener("load", () => { box.scrollTop = box.scrollHeight; }, { once: true });
    }
  }
  drawn.shown = here?.id;
}

function drawHome() {
  const use = (element, value, block) => {
    if (!block || block.dispatch_action) {
      act({ do: "click", view_id: state.home.id, action_id: element.action_id, value });
    }
  };
  $("home").replaceChildren(...(state.home
    ? drawBlocks(state.home.blocks, context(), use, state.home.state.values)
    : [el("p", { class: "empty" }, `${state.app} has not put anything on your Home yet.`)]));
}

// -- modals ----

function drawModal() {
  const box = $("modal");
  const shown = state.modal;
  if (!shown) {
    box.close();
    return;
  }
  const values = {};
  for (const [block, actions] of Object.entries(shown.state.values)) {
    for (const [key, value] of Object.entries(actions)) {
      const { type, ...rest } = value;
      const given = Object.values(rest)[0];
      const bare = (one) => one?.value ?? one;
      (values[block] ??= {})[key] = Array.isArray(given) ? given.map(bare) : bare(given);
    }
  }
  const use = (element, value, block) => {
    const owner = shown.blocks.find((one) => one === block
      || [...(one.elements ?? []), one.accessory, one.element].includes(element));
    if (element.type !== "button" && element.type !== "overflow") {
      (values[owner.block_id] ??= {})[element.action_id] = value;
    }
    if (!block || block.dispatch_action) {
      act({ do: "click", view_id: shown.id, action_id: element.action_id, value });
    }
  };
  const close = () => act({ do: "close", view_id: shown.id });
  const submit = async (event) => {
    event.preventDefault();
    const result = await act({ do: "submit", view_id: shown.id, values });
    for (const field of box.querySelectorAll("[data-block]")) {
      const error = result.errors?.[field.dataset.block];
      const line = field.querySelector(".error");
      line.textContent = error ?? "";
      line.hidden = !error;
    }
    box.querySelector(".error:not([hidden])")?.closest("[data-block]")?.querySelector("input,textarea,select")?.focus();
    const whole = box.querySelector(".whole");
    whole.textContent = result.errors ? "" : (result.error ?? "");
  };
  box.replaceChildren(el("form", { onsubmit: submit, noValidate: true },
    el("header", {}, el("h2", { id: "modal-title" }, shown.title.text),
      el("button", { type: "button", class: "cross", "aria-label": "Close", onclick: close }, "×")),
    el("div", { class: "scroll" }, ...drawBlocks(shown.blocks, context(), use, shown.state.values)),
    el("p", { class: "error whole", role: "alert" }),
    el("footer", {},
      el("button", { type: "button", class: "button", onclick: close }, shown.close?.text ?? "Cancel"),
      shown.submit ? el("button", { type: "submit", class: "button primary" }, shown.submit.text) : null)));
  box.oncancel = (event) => { event.preventDefault(); close(); };
  if (!box.open) box.showModal();
}

// -- what the person does ----

$("who").addEventListener("change", () => {
  view.me = $("who").value;
  view.at = null;
  view.thread = null;
  drawn = {};
  say(null);
  history.replaceState(null, "", `?as=${encodeURIComponent(view.me)}`);
  refresh();
});

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  $("text").value = "";
  const [command, ...words] = text.trim().split(" ");
  const what = text.startsWith("/")
    ? { do: "command", command, text: words.join(" ") }
    : { do: "message", text, thread_ts: view.thread };
  const result = await act({ ...what, channel: view.at });
  if (!result.ok && !$("text").value) $("text").value = text;
});

function listen() {
  const stream = new EventSource("/sandbox/stream");
  stream.onmessage = soon;
  stream.onopen = soon;
  stream.onerror = () => { $("connection").textContent = "The local workspace has stopped."; };
}

document.addEventListener("visibilitychange", soon);
refresh().then(listen);
