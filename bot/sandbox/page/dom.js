// Elements and icons, made without ever turning text into markup.

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in made && name !== "list" && name !== "form") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// Drawn on a 20 x 20 field with a line of 1.6.
const ICONS = {
  home: "M3 9.2 10 3l7 6.2M5 8v8.5h3.5V12h3v4.5H15V8",
  chat: "M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z",
  hash: "M8 3 6.5 17M13.5 3 12 17M3.8 7.5h13M3.2 12.5h13",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  archive: "M3 4h14v3.5H3zM4.5 7.5V16h11V7.5M8 10.5h4",
  reply: "M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5zM7 8h6M7 10.5h4",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  send: "M3 4.2 17 10 3 15.8 5 10zM5 10h5",
  bolt: "M11 2.5 4.5 11H9l-1 6.5L15 9h-4.5z",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12 4.5 6.5 10l5.5 5.5",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  down: "M10 4v11M5.5 10.5 10 15l4.5-4.5",
  chevron: "M5.5 8 10 12.5 14.5 8",
  upload: "M10 13V4M6 7.5 10 3.5l4 4M4 12.5V16h12v-3.5",
  expand: "M11.5 3.5h5v5M16.5 3.5 11 9M8.5 16.5h-5v-5M3.5 16.5 9 11",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  sliders: "M4 6h6M14 6h2M4 14h2M10 14h6M12 4v4M8 12v4",
  window: "M3.5 6.5h9v9h-9zM7 6.5v-3h9.5v9h-4",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("class", `icon icon-${name}`);
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", ICONS[name]);
  drawing.append(line);
  return drawing;
}

export const initials = (name) =>
  name.split(/\s+/).filter((word) => /^\p{L}/u.test(word)).filter((word, at, all) => at === 0 || at === all.length - 1)
    .map((word) => word[0]).join("").toUpperCase() || "?";

const hue = (id) => ([...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % 8) + 1;

export const face = (id, name, bot, small) =>
  el("span", { class: `face ${bot ? "face-app" : `face-${hue(id)}`}${small ? " small" : ""}`, "aria-hidden": "true" },
    initials(name));

// Where a file's picture is, for those who may see it.
export function pictureAddress(id, context) {
  return `/sandbox/files/${encodeURIComponent(id)}?as=${encodeURIComponent(context.me)}`;
}

let number = 0;
export const newId = (prefix) => `${prefix}-${++number}`;

// Puts `items` ({key, sign, make}) into `box`. What has not changed keeps its element, and so its focus and place.
export function reconcile(box, items) {
  const there = new Map([...box.children].map((child) => [child.dataset.item, child]));
  let at = box.firstElementChild;
  for (const { key, sign, make } of items) {
    let node = there.get(key);
    there.delete(key);
    if (!node || node.sign !== sign) {
      const made = make();
      made.dataset.item = key;
      made.sign = sign;
      if (node) {
        if (at === node) at = made;
        swap(node, made);
      }
      node = made;
    }
    if (node === at) at = at.nextElementSibling;
    else box.insertBefore(node, at);
  }
  for (const gone of there.values()) gone.remove();
}

// Replaces an element; the focus stays on the part that has the same data-key.
export function swap(old, made) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  old.replaceWith(made);
  if (focused === old) made.focus({ preventScroll: true });
  else if (key) made.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
