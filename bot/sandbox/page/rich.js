// Rich text and tables.

import { el } from "./dom.js";
import { emoji, formatDate, link } from "./mrkdwn.js";

const SAID = {
  text: (part) => part.text,
  emoji: (part) => (part.unicode
    ? String.fromCodePoint(...part.unicode.split("-").map((code) => parseInt(code, 16))) : emoji(`:${part.name}:`)),
  user: (part, context) => `@${context.names[part.user_id] ?? part.user_id}`,
  channel: (part, context) => `#${context.channels[part.channel_id] ?? part.channel_id}`,
  broadcast: (part) => `@${part.range}`,
  date: (part, context) => formatDate(`${part.timestamp}^${part.format}`, part.fallback ?? "", context),
  usergroup: (part) => `@${part.usergroup_id}`,
  color: (part) => part.value,
};
const MENTIONS = { user: "mention", channel: "mention", usergroup: "mention", broadcast: "mention loud" };
const TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function run(part, context) {
  let made = part.type === "link" ? link(part.url, part.text ?? part.url, context)
    : document.createTextNode(SAID[part.type]?.(part, context) ?? "");
  if (MENTIONS[part.type]) made = el("span", { class: MENTIONS[part.type] }, made);
  for (const [name, tag] of Object.entries(TAGS)) if (part.style?.[name]) made = el(tag, {}, made);
  return made;
}

function rich(part, context) {
  const inner = () => part.elements.map((one) => run(one, context));
  const border = part.border ? " bordered" : "";
  if (part.type === "rich_text_list") {
    const ordered = part.style === "ordered";
    const list = el(ordered ? "ol" : "ul", {
      class: `indent-${Math.min(4, part.indent ?? 0)}${border}`,
      start: ordered ? (part.offset ?? 0) + 1 : null,
    });
    for (const item of part.elements) list.append(el("li", {}, ...item.elements.map((one) => run(one, context))));
    return list;
  }
  if (part.type === "rich_text_preformatted") return el("pre", { tabindex: 0 }, ...inner());
  if (part.type === "rich_text_quote") return el("blockquote", {}, ...inner());
  return el("p", { class: "rich" }, ...inner());
}

export const richText = (block, context) => el("div", {}, ...block.elements.map((part) => rich(part, context)));

function cell(content, context) {
  if (content.type === "rich_text") return content.elements.map((part) => rich(part, context));
  return [String(content.text ?? content.value ?? "")];
}

export function table(block, context) {
  const body = el("tbody");
  const made = el("table", {}, body);
  block.rows.forEach((row, number) => {
    const line = el("tr");
    row.forEach((content, column) => {
      const settings = block.column_settings?.[column] ?? {};
      const align = settings.align ?? (content.type === "raw_number" ? "right" : "left");
      line.append(el(number ? "td" : "th", {
        class: `${align}${settings.is_wrapped ? "" : " unwrapped"}`, scope: number ? null : "col",
      }, ...cell(content, context)));
    });
    (number ? body : made.createTHead()).append(line);
  });
  return el("div", { class: "table", tabindex: 0, role: "region", "aria-label": "Table" }, made);
}

// A table with a caption, shown in pages of `page_size` rows.
export function dataTable(block, context) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 5;
  const body = el("tbody");
  const line = (row, tag) => el("tr", {}, ...row.map((content, column) => {
    const title = tag === "th" || column === block.row_header_column_index;
    return el(title ? "th" : "td", {
      class: content.type === "raw_number" ? "right" : "left", scope: tag === "th" ? "col" : title ? "row" : null,
    }, ...cell(content, context));
  }));
  const place = el("span", { role: "status" });
  const turn = (name, by) => el("button", { type: "button", class: "button small", onclick: () => show(at + by) }, name);
  const [before, after] = [turn("Previous", -size), turn("Next", size)];
  let at = 0;
  function show(from) {
    at = from;
    body.replaceChildren(...rows.slice(at, at + size).map((row) => line(row, "td")));
    place.textContent = `${at + 1}–${Math.min(at + size, rows.length)} of ${rows.length}`;
    before.disabled = at === 0;
    after.disabled = at + size >= rows.length;
  }
  show(0);
  return el("div", { class: "data-table" },
    el("div", { class: "table", tabindex: 0, role: "region", "aria-label": block.caption },
      el("table", {}, el("caption", {}, block.caption), el("thead", {}, line(head, "th")), body)),
    rows.length > size ? el("div", { class: "turn" }, before, place, after) : null);
}
