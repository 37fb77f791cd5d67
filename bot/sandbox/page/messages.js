// A conversation's messages, and the panel of one thread.

import { drawBlocks } from "./blocks.js";
import { enlarge, openMenu } from "./dialogs.js";
import { el, face, icon, pictureAddress, reconcile } from "./dom.js";
import { bareValues } from "./elements.js";
import { mrkdwn } from "./mrkdwn.js";

const GROUPED_WITHIN = 300;
const seconds = (message) => Number(message.ts);
const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

// -- times ----

const format = (options, tz) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: tz });
const dayOf = (time, tz) => format({ year: "numeric", month: "2-digit", day: "2-digit" }, tz).format(time * 1000);

function dayName(time, context) {
  const day = dayOf(time, context.tz);
  if (day === dayOf(context.now, context.tz)) return "Today";
  if (day === dayOf(context.now - 86_400, context.tz)) return "Yesterday";
  const year = day.slice(-4) === dayOf(context.now, context.tz).slice(-4) ? {} : { year: "numeric" };
  return format({ weekday: "long", day: "numeric", month: "long", ...year }, context.tz).format(time * 1000);
}

function clock(time, context) {
  const whole = format({ dateStyle: "full", timeStyle: "short" }, context.tz).format(time * 1000);
  return el("time", { title: whole, dateTime: new Date(time * 1000).toISOString() },
    format({ hour: "2-digit", minute: "2-digit" }, context.tz).format(time * 1000));
}

// -- one message ----

function contents(message, where, context, acts) {
  const form = {
    key: message.ts,
    values: bareValues(message.values),
    send: (block, element, value) => acts.act({
      do: "click", channel: where.id, ts: message.ts, action_id: element.action_id, value, values: form.values,
    }),
  };
  const drawn = message.blocks?.length ? drawBlocks(message.blocks, context, form)
    : message.text ? [el("div", { class: "block said" }, mrkdwn(message.text, context))] : [];
  for (const file of message.files ?? []) drawn.push(drawFile(file, context));
  return drawn;
}

function drawFile(file, context) {
  if (file.mode === "tombstone") return el("p", { class: "missing" }, "This file was deleted.");
  const alt = file.alt_txt ?? file.title ?? file.name;
  if (!/^image\//.test(file.mimetype)) return el("p", { class: "missing" }, `File: ${file.title ?? file.name}`);
  const address = pictureAddress(file.id, context);
  const open = () => enlarge(address, alt);
  return el("figure", { class: "block" }, el("figcaption", {}, file.title ?? file.name),
    el("div", { class: "picture" }, el("img", { src: address, alt, onclick: open }),
      el("button", { type: "button", class: "enlarge", "aria-label": "Enlarge the picture", onclick: open }, icon("expand"))));
}

function tools(message, where, acts, name) {
  if (message.ephemeral) return null;
  const shortcuts = acts.shortcuts("message");
  const reply = acts.openThread && el("button", {
    type: "button", class: "plain", tabindex: -1, title: "Reply in a thread", "aria-label": "Reply in a thread",
    "data-key": `${message.ts}|reply`, onclick: () => acts.openThread(message.thread_ts ?? message.ts),
  }, icon("reply"));
  const more = shortcuts.length > 0 && el("button", {
    type: "button", class: "plain", tabindex: -1, title: "More actions", "aria-label": "More actions",
    "aria-haspopup": "menu", "aria-expanded": "false", "data-key": `${message.ts}|more`,
    onclick: () => openMenu(more, shortcuts.map((one) => ({
      name: one.name,
      about: acts.appName(),
      act: () => acts.act({ do: "shortcut", callback_id: one.callback_id, channel: where.id, ts: message.ts }),
    })), "More actions"),
  }, icon("more"));
  if (!reply && !more) return null;
  return el("div", { class: "tools", role: "group", "aria-label": `Actions for ${name}'s message` }, reply || null, more || null);
}

function threadLine(message, replies, context, acts) {
  if (!replies.length || !acts.openThread) return null;
  const faces = [...new Set(replies.map((one) => one.user))].slice(0, 3);
  const last = replies.at(-1);
  return el("button", {
    type: "button", class: "replies", "data-key": `${message.ts}|replies`, onclick: () => acts.openThread(message.ts),
  }, ...faces.map((id) => face(id, context.names[id] ?? id, id === context.bot, true)),
  el("span", {}, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`),
  el("small", {}, "Last ", dayName(seconds(last), context).toLowerCase().replace(/^./, (one) => one), " at ", clock(seconds(last), context)));
}

function drawMessage({ message, where, context, acts, grouped, replies }) {
  const bot = message.user === context.bot;
  const name = context.names[message.user] ?? message.user;
  const body = el("div", { class: "body" },
    el("div", { class: grouped ? "by hidden-visually" : "by" }, el("strong", {}, name),
      bot ? el("span", { class: "app" }, "APP") : null, clock(seconds(message), context)));
  if (message.ephemeral) body.append(el("p", { class: "only" }, icon("eye"), "Only you can see this"));
  if (isReply(message) && acts.openThread) {
    body.append(el("button", { type: "button", class: "link quiet", onclick: () => acts.openThread(message.thread_ts) },
      "Replied to a thread"));
  }
  body.append(...contents(message, where, context, acts));
  if (message.edited) body.append(el("small", { class: "edited", title: "This message was changed" }, "(edited)"));
  const line = threadLine(message, replies, context, acts);
  if (line) body.append(line);
  const made = el("li", {
    class: `message${grouped ? " grouped" : ""}${message.ephemeral ? " ephemeral" : ""}`, tabindex: -1,
    "data-key": message.ts, "data-ts": message.ts,
  }, grouped ? el("span", { class: "side-time", "aria-hidden": "true" }, clock(seconds(message), context))
    : face(message.user, name, bot), body);
  const bar = tools(message, where, acts, name);
  if (bar) made.append(bar);
  return made;
}

// -- many ----

function items(shown, all, where, context, acts, newFrom) {
  const made = [];
  let before = null;
  for (const message of shown) {
    const day = dayName(seconds(message), context);
    const newDay = !before || dayOf(seconds(before), context.tz) !== dayOf(seconds(message), context.tz);
    if (newDay) {
      made.push({ key: `day-${day}`, sign: day, make: () => el("li", { class: "day" }, el("h2", {}, day)) });
    }
    if (newFrom && message.ts === newFrom) {
      made.push({ key: "new", sign: "", make: () => el("li", { class: "new" }, el("span", {}, "New")) });
    }
    const grouped = !newDay && before.user === message.user && message.ts !== newFrom
      && seconds(message) - seconds(before) < GROUPED_WITHIN && !message.ephemeral && !before.ephemeral;
    const replies = all.filter((one) => isReply(one) && one.thread_ts === message.ts);
    const about = [context.me, context.names[message.user], replies.map((one) => [one.ts, one.user])];
    made.push({
      key: message.ts,
      sign: JSON.stringify([message, grouped, about, dayName(seconds(replies.at(-1) ?? message), context)]),
      make: () => drawMessage({ message, where, context, acts, grouped, replies }),
    });
    before = message;
  }
  return made;
}

// Arrow keys move from message to message; the actions of the one that has the focus can be reached by Tab.
export function withKeys(list) {
  list.addEventListener("focusin", (event) => {
    const current = event.target.closest(".message");
    for (const bar of list.querySelectorAll(".tools")) {
      for (const one of bar.children) one.tabIndex = bar.parentElement === current ? 0 : -1;
    }
    for (const one of list.querySelectorAll(".message")) one.tabIndex = one === current ? 0 : -1;
  });
  list.addEventListener("keydown", (event) => {
    if (event.target !== list && !event.target.matches(".message")) return;
    const all = [...list.querySelectorAll(".message")];
    const at = all.indexOf(event.target);
    const step = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (step === undefined || !all[step]) return;
    event.preventDefault();
    all[step].focus();
    all[step].scrollIntoView({ block: "nearest" });
  });
}

export function drawConversation(list, where, context, acts, newFrom) {
  const all = where.messages;
  const shown = all.filter((one) => !isReply(one) || one.broadcast || one.ephemeral);
  const made = items(shown, all, where, context, acts, newFrom);
  if (!shown.length) {
    made.push({ key: "empty", sign: where.key, make: () => el("li", { class: "empty" }, emptyWords(where, acts)) });
  }
  reconcile(list, made);
  const messages = list.querySelectorAll(".message");
  if (messages.length && ![...messages].some((one) => one.tabIndex === 0)) messages[messages.length - 1].tabIndex = 0;
}

function emptyWords(where, acts) {
  return where.kind === "im"
    ? `This is where ${acts.appName()} writes to you. Only you can read it.`
    : `This is the beginning of #${where.name}.`;
}

export function drawThread(list, where, parent, context, acts) {
  const replies = where.messages.filter((one) => isReply(one) && one.thread_ts === parent.ts);
  const inThread = { ...acts, openThread: null };
  reconcile(list, items([parent, ...replies], [], where, context, inThread, null));
}
