// The form on top of the person's stack. What was typed stays over a reload, an update and a form on top.

import { drawBlocks, showErrors } from "./blocks.js";
import { el, icon, newId } from "./dom.js";
import { bareValues } from "./elements.js";

const box = document.getElementById("modal");
const kept = new Map();
let shown = null;
let drawn = "";
let back = null;
let again = null;

const nameOf = (view) => `view|${view.id}`;

// What stands in the form: what the app set and the person has not touched, and what the person typed.
// It stays one object: a file may still be on its way into it while the form is drawn anew.
function valuesOf(view) {
  const fresh = bareValues(view.state.values);
  const values = kept.get(view.id) ?? JSON.parse(sessionStorage.getItem(nameOf(view)) ?? "{}");
  for (const [block, actions] of Object.entries(values)) {
    for (const [action, value] of Object.entries(actions)) {
      if (fresh[block] && action in fresh[block]) fresh[block][action] = value;
    }
    delete values[block];
  }
  kept.set(view.id, Object.assign(values, fresh));
  return values;
}

function forget() {
  shown = null;
  drawn = "";
  if (box.open) box.close();
  box.replaceChildren();
  const there = back?.isConnected ? back : document.querySelector(`[data-key="${CSS.escape(back?.dataset?.key ?? "")}"]`);
  (there ?? document.querySelector("#composer textarea"))?.focus();
  back = null;
}

function header(view, close) {
  const stacked = Boolean(view.previous_view_id);
  const title = newId("title");
  box.setAttribute("aria-labelledby", title);
  return el("header", {},
    stacked ? el("button", { type: "button", class: "plain", "aria-label": "Back", onclick: () => close(false) }, icon("back")) : null,
    el("h2", { id: title, tabindex: -1 }, view.title.text),
    el("button", {
      type: "button", class: "plain", "aria-label": stacked ? "Close all" : "Close", onclick: () => close(stacked),
    }, icon("close")));
}

// Draws the view (null: none is open). `act` sends an act and resolves to its result. A form that is the same as
// before is left alone: drawn anew between the press and the release of a button, it would swallow the click.
export function drawModal(view, context, act, anew = false) {
  if (!view) {
    if (shown) {
      for (const id of kept.keys()) sessionStorage.removeItem(nameOf({ id }));
      kept.clear();
      forget();
    }
    return;
  }
  const now = JSON.stringify([view, context.names]);
  if (shown === view.id && drawn === now && !anew) return;
  drawn = now;
  again = () => drawModal(view, context, act, true);
  if (!shown) back = document.activeElement === document.body ? null : document.activeElement;
  const same = shown === view.id;
  shown = view.id;
  const values = valuesOf(view);
  const form = {
    key: view.id,
    values,
    redraw: () => { if (shown === view.id) again(); },
    keep: () => sessionStorage.setItem(nameOf(view), JSON.stringify(values)),
    send: (block, element, value) => act({ do: "click", view_id: view.id, action_id: element.action_id, value, values }),
  };
  const close = (everything) => act({ do: "close", view_id: view.id, everything });
  const focused = same ? document.activeElement?.dataset?.key : null;
  const place = same ? box.querySelector(".scroll")?.scrollTop : 0;
  const caret = focused ? document.activeElement.selectionStart : null;

  const submitButton = view.submit && el("button", {
    type: "submit", class: "button primary", disabled: view.submit_disabled,
  }, view.submit.text);
  const submit = async (event) => {
    event.preventDefault();
    if (!submitButton || submitButton.disabled) return;
    submitButton.disabled = true;
    submitButton.setAttribute("aria-busy", "true");
    showErrors(box);
    const result = await act({ do: "submit", view_id: view.id, values });
    submitButton.removeAttribute("aria-busy");
    submitButton.disabled = Boolean(view.submit_disabled);
    if (result.errors && shown === view.id) showErrors(box, result.errors);
  };
  const scroll = el("div", { class: "scroll", tabindex: -1 }, ...drawBlocks(view.blocks, context, form));
  box.replaceChildren(el("form", { onsubmit: submit, noValidate: true },
    header(view, close), scroll, el("p", { class: "error whole", role: "alert" }),
    el("footer", {},
      el("button", { type: "button", class: "button", onclick: () => close(false) },
        view.close?.text ?? (view.submit ? "Cancel" : "Close")),
      submitButton || null)));
  // A scrolling part needs a stop for the keyboard where nothing inside is one.
  if (!scroll.querySelector("button, input, select, textarea")) scroll.tabIndex = 0;
  box.oncancel = (event) => { event.preventDefault(); close(false); };
  if (!box.open) box.showModal();
  scroll.scrollTop = place;
  const control = focused && box.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (control) {
    control.focus({ preventScroll: true });
    if (caret !== null && control.setSelectionRange && /text|search|url|tel|^$/.test(control.type ?? "")) control.setSelectionRange(caret, caret);
    return;
  }
  first(view, form).focus();
}

function first(view, form) {
  const wanted = view.blocks.find((block) => (block.element ?? block.accessory)?.focus_on_load);
  const element = wanted && (wanted.element ?? wanted.accessory);
  const key = element && `${form.key}|${wanted.block_id}|${element.action_id}`;
  return (key && box.querySelector(`[data-key="${CSS.escape(key)}"]`))
    || box.querySelector(".scroll :is(input, textarea, select)") || box.querySelector("h2");
}
