// Small things on top of everything: menus, questions before an act, a picture at its full size, short notices.

import { el, icon, newId } from "./dom.js";

const $ = (id) => document.getElementById(id);

// A menu of buttons beside `anchor`. Arrow keys move, Escape and Tab close it, the focus goes back.
export function openMenu(anchor, items, label) {
  const before = anchor.getAttribute("aria-expanded") === "true";
  document.querySelector(".menu")?.leave();
  if (before) return;
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label });
  const leave = (back) => {
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (back) anchor.focus();
  };
  const outside = (event) => { if (!menu.contains(event.target) && !anchor.contains(event.target)) leave(false); };
  menu.leave = leave;
  for (const { name, about, act } of items) {
    menu.append(el("button", { type: "button", role: "menuitem", tabindex: -1, onclick: () => { leave(true); act(); } },
      el("span", {}, name), about ? el("small", {}, about) : null));
  }
  menu.addEventListener("keydown", (event) => {
    const all = [...menu.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all[to % all.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") leave(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  (anchor.closest("dialog") ?? document.body).append(menu);
  const place = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = place.bottom + height + 8 < window.innerHeight;
  menu.style.left = `${Math.max(8, Math.min(place.left, window.innerWidth - width - 8))}px`;
  menu.style.top = `${below ? place.bottom + 4 : Math.max(8, place.top - height - 4)}px`;
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  menu.firstElementChild?.focus();
}

// Opens a dialog, keeps the focus inside, and gives it back at the end; the promise tells how it was left.
function ask(dialog, ...children) {
  const from = document.activeElement;
  dialog.replaceChildren(...children);
  dialog.returnValue = "";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => { from?.focus?.(); resolve(dialog.returnValue); }, { once: true });
    dialog.showModal();
  });
}

// Asks what a `confirm` object asks; true where the person goes on.
export async function confirmed(confirm) {
  if (!confirm) return true;
  const [title, text] = [newId("confirm"), newId("confirm")];
  const dialog = $("confirm");
  dialog.setAttribute("aria-labelledby", title);
  dialog.setAttribute("aria-describedby", text);
  const answer = await ask(dialog, el("form", { method: "dialog" },
    el("h2", { id: title }, confirm.title.text),
    el("p", { id: text }, confirm.text.text),
    el("footer", {},
      el("button", { class: "button", value: "" }, confirm.deny.text),
      el("button", {
        class: `button ${confirm.style === "danger" ? "danger solid" : "primary"}`, value: "yes", autofocus: true,
      }, confirm.confirm.text))));
  return answer === "yes";
}

export function enlarge(source, alt) {
  const dialog = $("lightbox");
  dialog.setAttribute("aria-label", "Picture");
  const shut = () => dialog.close();
  return ask(dialog,
    el("button", { type: "button", class: "plain shut", "aria-label": "Close the picture", onclick: shut }, icon("close")),
    el("img", { src: source, alt, onclick: shut }),
    el("details", {}, el("summary", {}, "Description"), el("p", {}, alt)));
}

// A sentence at the foot of the window, or inside the form that is open. It stays until it is closed or replaced.
export function say(sentence, kind = "problem") {
  const whole = document.querySelector("#modal[open] .whole");
  if (whole) whole.textContent = sentence ?? "";
  const toast = $("toast");
  if (!sentence || whole) {
    toast.hidden = true;
    return;
  }
  toast.className = `toast ${kind}`;
  toast.replaceChildren(el("span", {}, sentence),
    el("button", { type: "button", class: "plain", "aria-label": "Close this notice", onclick: () => say(null) },
      icon("close")));
  toast.hidden = false;
}

let hush = null;
export function announce(sentence) {
  const region = $("announcements");
  region.append(el("p", {}, sentence));
  clearTimeout(hush);
  hush = setTimeout(() => region.replaceChildren(), 10_000);
}
