// The controls of the simulation: its clock, its connections, and what can be made to go wrong.

import { el, icon } from "./dom.js";

const box = document.getElementById("panel");

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const result = await response.json().catch(() => ({ ok: false, error: "The local workspace did not understand." }));
  return response.ok && result.ok !== false ? null : result.error ?? "That did not work.";
}

const FLAGS = [
  ["limits", "Keep to Slack's rate limits", "As on Slack: so many calls a minute, then 429."],
  ["events_twice", "Deliver every event twice", "At the same time."],
  ["events_redelivered", "Deliver every event again later", "As a retry, though it was acknowledged."],
  ["events_lost_first", "Lose the first delivery of every event", "It comes only as a retry."],
  ["events_out_of_order", "Deliver events out of order", "Every other one waits for the one after it."],
  ["stall_sockets", "Stall the connections", "They stay open, and nothing comes over them."],
  ["refuse_unshared_files", "Refuse pictures that are not shared", "invalid_blocks, until the file is shared."],
];
// Whole objects are set: "*" stands for every method.
const NEXT = [
  ["break_before", "Break the connection before the next call is done", () => ({ "*": 1 })],
  ["break_after", "Carry out the next call, but lose its answer", () => ({ "*": 1 })],
  ["ratelimit_next", "Answer the next call with 429", () => ({ "*": 1 })],
];

function section(title, ...children) {
  return el("fieldset", {}, el("legend", {}, title), ...children);
}

const get = (path) => fetch(path).then((response) => (response.ok ? response.json() : {})).catch(() => ({}));

// One account at a time: deactivated or not, guest or not, quiet or not, and where it is.
function accounts(users, tell) {
  const chosen = () => users.find((one) => one.id === who.value);
  const change = async (values, done) => {
    const name = chosen().real_name;
    const error = await post("/sandbox/user", { user: who.value, ...values });
    if (!error) Object.assign(chosen(), values);
    tell(error, `${name}: ${done}.`);
    show();
  };
  const who = el("select", { "aria-label": "Person", onchange: () => show() },
    ...[...users].sort((a, b) => a.real_name.localeCompare(b.real_name)).map((one) => el("option", { value: one.id }, one.real_name)));
  const check = (name, label, on, off) => {
    const made = el("input", { type: "checkbox", onchange: () => change({ [name]: made.checked ? on : off }, `${label.toLowerCase()} ${made.checked ? "on" : "off"}`) });
    return [made, el("label", {}, made, el("span", {}, label))];
  };
  const [deleted, deletedLine] = check("deleted", "Deactivated", true, false);
  const [guest, guestLine] = check("guest", "Guest", true, false);
  const [dnd, dndLine] = check("dnd", "Do not disturb, all day", ["00:00", "23:59"], null);
  const zone = el("input", { type: "text", onchange: () => change({ tz: zone.value.trim() }, `time zone ${zone.value}`) });
  function show() {
    const one = chosen();
    deleted.checked = one.deleted;
    guest.checked = one.guest;
    dnd.checked = Boolean(one.dnd);
    zone.value = one.tz;
  }
  show();
  return [el("span", { class: "select" }, who, icon("chevron")),
    el("div", { class: "boxes" }, deletedLine, guestLine, dndLine), el("label", { class: "line" }, "Time zone ", zone)];
}

// One channel at a time: shared with others or not, the app in it or not, and who comes in.
function rooms(channels, users, tell) {
  const chosen = () => channels.find((one) => one.id === where.value);
  const change = async (values, done) => {
    const error = await post("/sandbox/channel", { channel: where.value, ...values });
    if (!error) Object.assign(chosen(), values);
    tell(error, `#${chosen().name}: ${done}.`);
    show();
  };
  const select = (name, options, onchange) => el("select", { "aria-label": name, onchange },
    ...options.map(([value, text]) => el("option", { value }, text)));
  const where = select("Channel", channels.map((one) => [one.id, `# ${one.name}`]), () => show());
  const who = select("Who joins", [...users].sort((a, b) => a.real_name.localeCompare(b.real_name))
    .map((one) => [one.id, `${one.real_name}${one.guest ? " (guest)" : ""}`]));
  const check = (name, label) => {
    const made = el("input", { type: "checkbox", onchange: () => change({ [name]: made.checked }, `${label.toLowerCase()} ${made.checked ? "on" : "off"}`) });
    return [made, el("label", {}, made, el("span", {}, label))];
  };
  const [shared, sharedLine] = check("ext_shared", "Shared with another organisation");
  const [bot, botLine] = check("bot", "The app is in it");
  function show() { shared.checked = chosen().ext_shared; bot.checked = chosen().bot; }
  show();
  return [el("span", { class: "select" }, where, icon("chevron")), el("div", { class: "boxes" }, sharedLine, botLine),
    el("div", { class: "actions" }, el("span", { class: "select" }, who, icon("chevron")), el("button", {
      type: "button", class: "button small",
      onclick: async () => tell(await post("/sandbox/channel", { channel: where.value, join: who.value }), `${users.find((one) => one.id === who.value).real_name} is in #${chosen().name} now.`),
    }, "Joins"))];
}

// Opens the panel.
export async function openPanel() {
  const from = document.activeElement;
  const [values, clock, people, places] = await Promise.all(["faults", "clock", "user", "channel"].map((name) => get(`/sandbox/${name}`)));
  const told = el("p", { class: "told", role: "status" });
  const tell = (error, done) => { told.textContent = error ?? done; told.classList.toggle("error", Boolean(error)); };
  const set = async (name, value, done) => tell(await post("/sandbox/faults", { [name]: value }), done);
  const now = el("p", { class: "clock" });
  const showNow = (moment) => {
    now.textContent = `${new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone: "UTC" })
      .format(new Date(moment))} UTC`;
  };
  if (clock.now) showNow(clock.now);
  const advance = (name, seconds) => el("button", {
    type: "button", class: "button small", disabled: !clock.manual,
    onclick: async () => {
      tell(await post("/sandbox/clock", { advance_seconds: seconds }), `The clock was moved on by ${name}.`);
      showNow((await get("/sandbox/clock")).now);
    },
  }, `+ ${name}`);
  const flags = FLAGS.filter(([name]) => name in values).map(([name, label, about]) => {
    const check = el("input", {
      type: "checkbox", checked: values[name],
      onchange: () => set(name, check.checked, `${check.checked ? "On" : "Off"}: ${label.toLowerCase()}.`),
    });
    return el("label", {}, check, el("span", {}, label, el("small", {}, about)));
  });
  const slow = el("input", {
    type: "number", min: 0, max: 60, step: "any", value: values.slow?.["*"] ?? 0,
    onchange: () => set("slow", Number(slow.value) ? { "*": Number(slow.value) } : {}, "Every call is slowed down by that."),
  });
  const plainButton = (path, what, name, done) => el("button", {
    type: "button", class: "button small", onclick: async () => tell(await post(path, { do: what }), done),
  }, name);
  const shut = () => box.close();
  box.replaceChildren(el("form", { method: "dialog" },
    el("header", {}, el("h2", { id: "panel-title" }, "Controls of the simulation"),
      el("button", { type: "button", class: "plain", "aria-label": "Close", onclick: shut }, icon("close"))),
    el("div", { class: "scroll" },
      section("Clock", now, el("div", { class: "actions" },
        advance("1 hour", 3600), advance("1 day", 86_400), advance("1 week", 604_800)),
      clock.manual ? null : el("small", {}, "This workspace keeps the real time, so its clock cannot be moved.")),
      section("Connection", el("div", { class: "actions" },
        plainButton("/sandbox/sockets", "drop", "Drop it", "The app's connections were dropped without a word."),
        plainButton("/sandbox/sockets", "refresh", "Ask for a refresh", "The app was asked to reconnect."),
        plainButton("/sandbox/events", "replay", "Deliver the last event again", "The last event was delivered once more."))),
      people.users?.length ? section("A person", ...accounts(people.users, tell)) : null,
      places.channels?.length ? section("A channel", ...rooms(places.channels, people.users, tell)) : null,
      section("What goes wrong", el("div", { class: "boxes" }, ...flags),
        el("label", { class: "line" }, "Seconds that every call takes longer ", slow)),
      section("Once", el("div", { class: "actions" }, ...NEXT.map(([name, label, value]) => el("button", {
        type: "button", class: "button small", onclick: () => set(name, value(), `Set: ${label.toLowerCase()}.`),
      }, label))))),
    el("footer", {}, told, el("button", { class: "button primary", value: "" }, "Done"))));
  box.addEventListener("close", () => from?.focus?.(), { once: true });
  box.showModal();
}
