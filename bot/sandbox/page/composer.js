// Where a message or a slash command is written. Drafts stay over a reload.

import { announce, openMenu } from "./dialogs.js";
import { el, icon, newId } from "./dom.js";

export class Composer {
  // `about()` gives {label, placeholder, closed, draft, commands, shortcuts}; `send(text)` resolves to the result.
  constructor(box, about, send, shortcut) {
    this.about = about;
    this.send = send;
    this.listId = newId("completion");
    this.text = el("textarea", { rows: 1, "aria-autocomplete": "list", "aria-controls": this.listId, spellcheck: true });
    this.list = el("ul", { class: "completion", id: this.listId, role: "listbox", "aria-label": "Commands", hidden: true });
    this.closed = el("p", { class: "closed", hidden: true });
    this.shortcuts = el("button", {
      type: "button", class: "plain", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu",
      "aria-expanded": "false", onclick: () => openMenu(this.shortcuts, this.about().shortcuts.map((one) => ({
        name: one.name, about: this.about().app, act: () => shortcut(one.callback_id),
      })), "Shortcuts"),
    }, icon("bolt"));
    this.button = el("button", { type: "submit", class: "button primary send", "aria-label": "Send" }, icon("send"));
    this.form = el("form", { class: "composer", autocomplete: "off", onsubmit: (event) => this.submit(event) },
      this.list, el("div", { class: "row" }, this.shortcuts, this.text, this.button));
    this.text.addEventListener("input", () => { this.keep(); this.fit(); this.complete(); });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("blur", () => this.shut());
    box.replaceChildren(this.form, this.closed);
  }

  draw() {
    const about = this.about();
    this.text.setAttribute("aria-label", about.label);
    this.text.placeholder = about.placeholder;
    this.shortcuts.hidden = !about.shortcuts.length;
    this.form.hidden = Boolean(about.closed);
    this.closed.hidden = !about.closed;
    this.closed.textContent = about.closed ?? "";
    if (this.draft === about.draft) return;
    this.draft = about.draft;
    this.text.value = sessionStorage.getItem(this.draft) ?? "";
    this.shut();
    this.fit();
  }

  keep() {
    if (this.text.value) sessionStorage.setItem(this.draft, this.text.value);
    else sessionStorage.removeItem(this.draft);
    this.button.disabled = !this.text.value.trim();
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight + 2, 180)}px`;
    this.button.disabled = !this.text.value.trim();
  }

  async submit(event) {
    event?.preventDefault();
    const text = this.text.value;
    if (!text.trim()) return;
    const draft = this.draft;
    this.text.value = "";
    this.keep();
    this.fit();
    this.shut();
    const result = await this.send(text.trim());
    if (result.ok || this.draft !== draft || this.text.value) return;
    this.text.value = text; // what was written is not lost when it could not be sent
    this.keep();
    this.fit();
  }

  // -- completion ----

  complete() {
    const typed = this.text.value;
    const found = /^\/\S*$/.test(typed)
      ? this.about().commands.filter((one) => one.command.startsWith(typed.toLowerCase())) : [];
    if (!found.length) return this.shut();
    this.list.replaceChildren(...found.map((one, at) => el("li", {
      role: "option", id: `${this.listId}-${at}`, "aria-selected": "false",
      onpointerdown: (event) => { event.preventDefault(); this.take(one.command); },
    }, el("strong", {}, one.command), one.hint ? el("code", {}, one.hint) : null, el("small", {}, one.description))));
    this.found = found;
    if (this.list.hidden) announce(`${found.length} ${found.length === 1 ? "command" : "commands"}. Arrow keys choose, Tab takes one.`);
    this.list.hidden = false;
    return this.mark(0);
  }

  mark(at) {
    this.at = (at + this.found.length) % this.found.length;
    [...this.list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === this.at)));
    this.text.setAttribute("aria-activedescendant", `${this.listId}-${this.at}`);
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
  }

  shut() {
    this.list.hidden = true;
    this.text.removeAttribute("aria-activedescendant");
  }

  take(command) {
    this.text.value = `${command} `;
    this.keep();
    this.fit();
    this.shut();
    this.text.focus();
  }

  key(event) {
    if (event.isComposing) return;
    if (!this.list.hidden) {
      const exact = this.found[this.at].command === this.text.value.trim();
      if (event.key === "ArrowDown") this.mark(this.at + 1);
      else if (event.key === "ArrowUp") this.mark(this.at - 1);
      else if (event.key === "Tab" || (event.key === "Enter" && !exact)) this.take(this.found[this.at].command);
      else if (event.key === "Escape") { this.shut(); event.stopPropagation(); }
      else if (event.key === "Enter") this.submit();
      else return;
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    }
  }
}
