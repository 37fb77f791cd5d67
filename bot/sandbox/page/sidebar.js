// Who the person is, and where they can go.

import { el, face, icon, reconcile } from "./dom.js";

const $ = (id) => document.getElementById(id);

export function drawWho(state, me) {
  const who = state.people.find((person) => person.id === me);
  $("my-face").replaceChildren(who ? face(who.id, who.real_name, false) : "");
  const option = (person) => el("option", { value: person.id, selected: person.id === me, disabled: person.deleted },
    // The closed chooser shows the chosen person's option, and has room for the name alone.
    person.real_name + (person.title && person.id !== me ? ` · ${person.title}` : "") + (person.deleted ? " (deactivated)" : ""));
  const people = [...state.people].sort((a, b) => a.real_name.localeCompare(b.real_name));
  $("who").title = who?.title ?? "";
  $("who").replaceChildren(...people.map(option));
}

function place(one, here, go) {
  const unread = one.unread && !here ? one.unread : 0;
  return el("button", {
    type: "button", class: `place${unread ? " unread" : ""}${one.archived ? " archived" : ""}`,
    "aria-current": here ? "page" : null, "data-key": `place|${one.key}`, onclick: () => go(one.key),
  }, one.face ?? icon(one.icon), el("span", { class: "name" }, one.name),
  unread ? el("span", { class: "count" }, String(unread), el("span", { class: "hidden-visually" }, " unread")) : null);
}

// `sections`: [{name, places: [{key, name, icon, unread, archived}]}]
export function drawPlaces(sections, at, go) {
  reconcile($("places"), sections.filter((section) => section.places.length).map((section) => ({
    key: section.name,
    sign: JSON.stringify([section, at]),
    make: () => el("section", { "aria-label": section.name },
      el("h2", {}, section.name),
      el("ul", {}, ...section.places.map((one) => el("li", {}, place(
        one.bot ? { ...one, face: face(one.bot, one.name, true, true) } : one, one.key === at, go))))),
  })));
}
