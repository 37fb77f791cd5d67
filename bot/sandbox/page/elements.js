// Everything that a person can use inside a block: buttons, menus, boxes, pickers, fields.
//
// A `form` stands behind each message or view: {key, values, send(block, element, value), keep()}.
// values[block_id][action_id] is a bare value: a text, an id, an option's value, or a list of them.

import { confirmed, openMenu } from "./dialogs.js";
import { el, icon, newId, pictureAddress } from "./dom.js";
import { emoji, textObject } from "./mrkdwn.js";

const SELECTED = ["option", "options", "user", "users", "channel", "channels", "conversation", "conversations", "date",
  "time", "date_time"];
const bare = (one) => one?.value ?? one;

// The bare value in an entry of Slack's state.values, or what an element begins with.
export function bareValue(entry, prefix = "selected_") {
  if (entry.type === "file_input") return (entry.files ?? []).map(({ id, name, mimetype }) => ({ id, name, picture: /^image\//.test(mimetype) }));
  for (const name of SELECTED) {
    const found = entry[`${prefix}${name}`];
    if (Array.isArray(found)) return found.map(bare);
    if (found !== undefined && found !== null) return bare(found);
  }
  return (prefix === "selected_" ? entry.value : entry.initial_value) ?? null;
}

export function bareValues(state) {
  const values = {};
  for (const [block, actions] of Object.entries(state ?? {})) {
    for (const [key, entry] of Object.entries(actions)) (values[block] ??= {})[key] = bareValue(entry);
  }
  return values;
}

function valueOf(form, block, element) {
  const kept = form.values[block.block_id]?.[element.action_id];
  return kept === undefined ? bareValue(element, "initial_") : kept;
}

function keep(form, block, element, value) {
  (form.values[block.block_id] ??= {})[element.action_id] = value;
  form.keep?.();
}

// Keeps a choice, and sends it where Slack would: at once outside inputs, and where an input asks for it.
async function choose(form, block, element, value, undo) {
  const before = valueOf(form, block, element);
  const sends = block.type !== "input" || block.dispatch_action;
  if (sends && !(await confirmed(element.confirm))) return undo?.(before);
  keep(form, block, element, value);
  return sends ? form.send(block, element, value) : undefined;
}

// What ties a control to its label; empty outside inputs.
const tie = (label) => ({ id: label.id, "aria-describedby": label.describedBy });

const keyOf = (form, block, element) => `${form.key}|${block.block_id}|${element.action_id}`;

async function busy(button, work) {
  button.setAttribute("aria-busy", "true");
  try { await work(); } finally { button.removeAttribute("aria-busy"); }
}

function button(element, block, context, form) {
  const made = el("button", {
    class: `button ${element.style ?? ""}`, type: "button", "aria-label": element.accessibility_label,
    "data-key": keyOf(form, block, element),
    onclick: async () => {
      if (!(await confirmed(element.confirm))) return;
      await busy(made, () => form.send(block, element, null));
      if (element.url) context.wouldOpen(element.url);
    },
  }, emoji(element.text.text));
  return made;
}

function overflow(element, block, context, form) {
  const made = el("button", {
    class: "button overflow", type: "button", "aria-label": "More options", "aria-haspopup": "menu",
    "aria-expanded": "false", "data-key": keyOf(form, block, element),
    onclick: () => openMenu(made, element.options.map((option) => ({
      name: emoji(option.text.text),
      about: option.description?.text,
      act: async () => {
        if (!(await confirmed(element.confirm))) return;
        await busy(made, () => form.send(block, element, option.value));
        if (option.url) context.wouldOpen(option.url);
      },
    })), "More options"),
  }, icon("more"));
  return made;
}

function groupsOf(element, context) {
  const option = (one) => [one.value, emoji(one.text.text)];
  if (element.type.endsWith("users_select")) return [{ options: Object.entries(context.people) }];
  if (/(channels|conversations)_select$/.test(element.type)) {
    return [{ options: Object.entries(context.channels).map(([id, name]) => [id, `# ${name}`]) }];
  }
  return (element.option_groups ?? [{ options: element.options }])
    .map((group) => ({ label: group.label?.text, options: group.options.map(option) }));
}

const HINTS = {
  multi_users: "Choose people", multi_channels: "Choose channels", multi_conversations: "Choose conversations",
  multi_static: "Choose options", users: "Choose a person", channels: "Choose a channel",
  conversations: "Choose a conversation",
};
const hintOf = (element) => element.placeholder?.text
  ?? Object.entries(HINTS).find(([kind]) => element.type.startsWith(kind))?.[1] ?? "Choose an option";

function menu(element, block, context, form, label) {
  const chosen = valueOf(form, block, element);
  const box = el("select", {
    ...tie(label), "aria-label": label.id ? null : hintOf(element), "data-key": keyOf(form, block, element),
    onchange: () => choose(form, block, element, box.value || null, (old) => { box.value = old ?? ""; }),
  });
  box.append(el("option", { value: "", disabled: !block.optional, selected: chosen === null }, hintOf(element)));
  for (const group of groupsOf(element, context)) {
    const into = group.label ? el("optgroup", { label: group.label }) : box;
    into.append(...group.options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
    if (into !== box) box.append(into);
  }
  return el("span", { class: "select" }, box, icon("chevron"));
}

// Several of many: chips for what is chosen, and a list of boxes with a search field that opens beneath.
function multi(element, block, context, form, label) {
  const all = groupsOf(element, context).flatMap((group) => group.options);
  const names = Object.fromEntries(all);
  const most = element.max_selected_items ?? 100;
  const listId = newId("list");
  const chips = el("ul", { class: "chips", "aria-label": "Chosen" });
  const search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search the list" });
  const list = el("div", { class: "list", id: listId, hidden: true, role: "group", "aria-label": hintOf(element) });
  const open = el("button", {
    ...tie(label), type: "button", class: "open", "aria-label": label.id ? null : hintOf(element), "aria-expanded": "false",
    "aria-controls": listId, "data-key": keyOf(form, block, element),
    onclick: () => show(list.hidden),
  }, hintOf(element), icon("chevron"));
  const chosen = () => valueOf(form, block, element) ?? [];
  let sent = JSON.stringify(chosen());
  const whole = el("div", { class: "multi" }, chips, open, list);
  const commit = async () => {
    const now = JSON.stringify(chosen());
    if (now === sent || (block.type === "input" && !block.dispatch_action)) return;
    const before = JSON.parse(sent);
    sent = now;
    await choose(form, block, element, chosen(), () => { keep(form, block, element, before); draw(); });
  };
  const set = (value, on) => {
    keep(form, block, element, on ? [...chosen(), value] : chosen().filter((one) => one !== value));
    draw();
  };
  const show = (on) => {
    list.hidden = !on;
    open.setAttribute("aria-expanded", String(on));
    if (!on) return commit();
    search.focus({ preventScroll: true });
    return list.scrollIntoView({ block: "nearest" });
  };
  const options = all.map(([value, text]) => {
    const box = el("input", { type: "checkbox", value, onchange: () => set(value, box.checked) });
    return el("label", {}, box, el("span", {}, text));
  });
  list.append(search, ...options);
  function draw() {
    chips.hidden = !chosen().length;
    chips.replaceChildren(...chosen().map((value) => el("li", {}, names[value] ?? value,
      el("button", {
        type: "button", class: "plain", "aria-label": `Remove ${names[value] ?? value}`,
        onclick: () => { set(value, false); open.focus(); if (list.hidden) commit(); },
      }, icon("close")))));
    for (const line of options) {
      const box = line.firstChild;
      box.checked = chosen().includes(box.value);
      box.disabled = !box.checked && chosen().length >= most;
    }
  }
  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    for (const line of options) line.hidden = !line.textContent.toLowerCase().includes(words);
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    show(false);
    open.focus();
  });
  whole.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !whole.contains(event.relatedTarget) && !list.hidden) show(false);
  });
  draw();
  return whole;
}

function boxes(element, block, context, form, label) {
  const several = element.type === "checkboxes";
  const chosen = valueOf(form, block, element);
  const name = newId("choice");
  const group = el("div", {
    class: "boxes", role: several ? "group" : "radiogroup", "aria-label": label.id ? null : "Options",
    "aria-labelledby": label.labelId, "aria-describedby": label.describedBy,
  });
  const mark = (picked) => {
    for (const box of group.querySelectorAll("input")) box.checked = [picked].flat().includes(box.value);
  };
  for (const option of element.options) {
    const input = el("input", {
      type: several ? "checkbox" : "radio", name, value: option.value,
      "data-key": `${keyOf(form, block, element)}|${option.value}`,
      checked: several ? (chosen ?? []).includes(option.value) : chosen === option.value,
    });
    input.addEventListener("change", () => {
      const picked = [...group.querySelectorAll("input:checked")].map((one) => one.value);
      choose(form, block, element, several ? picked : picked[0], mark);
    });
    const about = option.description ? el("small", {}, textObject(option.description, context)) : null;
    group.append(el("label", {}, input, el("span", {}, textObject(option.text, context), about)));
  }
  return group;
}

// -- dates and times ----

// The offset of a zone at a moment, in ms, by what the clock on the wall says there.
function offset(moment, zone) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
    minute: "2-digit", second: "2-digit",
  }).formatToParts(moment).map((part) => [part.type, Number(part.value)]));
  const wall = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return wall - Math.floor(moment / 1000) * 1000;
}

const toWall = (seconds, zone) =>
  (seconds ? new Date(seconds * 1000 + offset(seconds * 1000, zone)).toISOString().slice(0, 16) : "");

function fromWall(text, zone) {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return null;
  const guess = wall - offset(wall, zone);
  return Math.round((wall - offset(guess, zone)) / 1000);
}

const PICKERS = { datepicker: ["date", "Date"], timepicker: ["time", "Time"], datetimepicker: ["datetime-local", "Date and time"] };

function picker(element, block, context, form, label) {
  const both = element.type === "datetimepicker";
  const shown = (value) => (both ? toWall(value, context.tz) : value ?? "");
  const [type, name] = PICKERS[element.type];
  const box = el("input", {
    ...tie(label), type, "aria-label": label.id ? null : element.placeholder?.text ?? name,
    value: shown(valueOf(form, block, element)), "data-key": keyOf(form, block, element),
  });
  let later = null;
  let sent = box.value;
  const done = () => {
    clearTimeout(later);
    if (box.value === sent) return;
    sent = box.value;
    const value = both ? fromWall(box.value, context.tz) : box.value || null;
    choose(form, block, element, value, (old) => { box.value = sent = shown(old); });
  };
  box.addEventListener("change", () => {
    // A year is typed digit by digit, and each digit makes a date.
    if (block.type === "input" && !block.dispatch_action) return done();
    clearTimeout(later);
    later = setTimeout(done, 500);
  });
  box.addEventListener("blur", done);
  return box;
}

// -- fields ----

const TYPES = { email_text_input: "email", url_text_input: "url", number_input: "text", plain_text_input: "text" };

function field(element, block, context, form, label) {
  const value = valueOf(form, block, element) ?? "";
  const common = {
    ...tie(label), "aria-label": label.id ? null : element.placeholder?.text ?? "Text", placeholder: element.placeholder?.text,
    "data-key": keyOf(form, block, element),
  };
  const box = element.multiline ? el("textarea", { ...common, rows: 4, value })
    : el("input", { ...common, type: TYPES[element.type], inputMode: element.type === "number_input" ? "decimal" : "", value });
  const left = el("span", { class: "counter", "aria-live": "polite" });
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  let later = null;
  const send = () => { clearTimeout(later); form.send(block, element, box.value || null); };
  box.addEventListener("input", () => {
    keep(form, block, element, box.value || null);
    count();
    if (!block.dispatch_action || !triggers.includes("on_character_entered")) return;
    clearTimeout(later);
    later = setTimeout(send, 300);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !block.dispatch_action || element.multiline || event.isComposing) return;
    event.preventDefault();
    if (triggers.includes("on_enter_pressed")) send();
  });
  function count() {
    const rest = (element.max_length ?? 3000) - box.value.length;
    left.textContent = rest > 20 && rest > (element.max_length ?? 3000) / 5 ? ""
      : rest >= 0 ? `${rest} left` : `${-rest} too many`;
    left.classList.toggle("over", rest < 0);
  }
  count();
  return el("div", { class: "field" }, box, left);
}

// Files of the person's own: each goes up as it is chosen, and its line says so until it is there.
function files(element, block, context, form, label) {
  const most = element.max_files ?? 10;
  const kinds = (element.filetypes ?? []).map((one) => one.toLowerCase());
  const list = el("ul", { class: "files", "aria-label": "Chosen files" });
  const told = el("p", { class: "told", role: "status" });
  const pick = el("input", {
    ...tie(label), type: "file", class: "hidden-visually", multiple: most > 1, "data-key": keyOf(form, block, element),
    "aria-label": label.id ? null : "Files", accept: kinds.map((one) => `.${one}`).join(","),
  });
  const add = el("span", { class: "button upload", "aria-hidden": "true", onclick: () => pick.click() }, icon("upload"),
    most > 1 ? "Add files" : "Add a file");
  const chosen = () => valueOf(form, block, element) ?? [];
  const set = (now) => {
    keep(form, block, element, now);
    if (list.isConnected) draw();
    else form.redraw?.(); // the form was drawn anew while the file was on its way
  };
  const line = (one) => el("li", {},
    one.picture ? el("img", { src: pictureAddress(one.id, context), alt: "" }) : null,
    el("span", { class: "name" }, one.name),
    el("button", {
      type: "button", class: "plain", "aria-label": `Remove ${one.name}`,
      onclick: () => { set(chosen().filter((other) => other.id !== one.id)); told.textContent = ""; pick.focus(); },
    }, icon("close")));
  function draw() {
    list.hidden = !chosen().length;
    list.replaceChildren(...chosen().map(line));
    add.classList.toggle("full", chosen().length >= most);
    pick.disabled = chosen().length >= most;
  }
  pick.addEventListener("change", async () => {
    const wanted = [...pick.files].slice(0, most - chosen().length);
    pick.value = "";
    for (const file of wanted) {
      if (kinds.length && !kinds.includes(file.name.split(".").at(-1).toLowerCase())) {
        told.textContent = `This field takes ${kinds.join(", ")} files only.`;
        continue;
      }
      told.textContent = `${file.name} is on its way.`;
      const { error, ...answer } = await send(file, context).catch(() => ({ error: "The local workspace has stopped." }));
      told.textContent = error ?? "";
      if (error) break;
      set([...chosen(), answer.file]);
    }
  });
  draw();
  return el("div", { class: "upload-field" }, list, el("div", { class: "pick" }, pick, add), told);
}

async function send(file, context) {
  const about = new URLSearchParams({ as: context.me, name: file.name });
  const response = await fetch(`/sandbox/upload?${about}`, {
    method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file,
  });
  return response.json();
}

// `label` of an input block: {id, labelId, describedBy}, the ids of the control, its label and its hint and error.
export function drawElement(element, block, context, form, label = {}) {
  if (element.type === "button") return button(element, block, context, form);
  if (element.type === "overflow") return overflow(element, block, context, form);
  if (element.type === "file_input") return files(element, block, context, form, label);
  if (element.type === "radio_buttons" || element.type === "checkboxes") return boxes(element, block, context, form, label);
  if (element.type.startsWith("multi_")) return multi(element, block, context, form, label);
  if (PICKERS[element.type]) return picker(element, block, context, form, label);
  if (TYPES[element.type]) return field(element, block, context, form, label);
  return menu(element, block, context, form, label);
}
