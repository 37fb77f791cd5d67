// The markdown block: ordinary Markdown, as far as Slack draws it, into elements.

import { el } from "./dom.js";
import { emoji, link } from "./mrkdwn.js";

const INLINE = /`([^`\n]+)`|\[([^\]\n]+)\]\(([^)\s]+)\)|(\*\*\*|\*\*|__|~~|\*|_)(?=\S)((?:(?!\4)[^\n])*?\S)\4/gu;
const TAGS = { "**": "strong", __: "strong", "*": "em", _: "em", "~~": "s" };

function inline(text, context, into) {
  let from = 0;
  const plain = (piece) => into.append(emoji(piece.replace(/\\([*_~`[\]\\])/g, "$1")));
  for (const match of text.matchAll(INLINE)) {
    const inWord = /^_/.test(match[4] ?? "") && /\p{L}|\p{N}/u.test(text[match.index - 1] ?? "");
    if (inWord || text[match.index - 1] === "\\") continue;
    if (match.index > from) plain(text.slice(from, match.index));
    if (match[1] !== undefined) into.append(el("code", {}, match[1]));
    else if (match[2] !== undefined) into.append(link(match[3], emoji(match[2]), context));
    else if (match[4] === "***") into.append(el("strong", {}, inline(match[5], context, el("em"))));
    else into.append(inline(match[5], context, el(TAGS[match[4]])));
    from = match.index + match[0].length;
  }
  if (from < text.length) plain(text.slice(from));
  return into;
}

const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((one) => one.trim());

function table(rows, context) {
  const line = (row, tag) => el("tr", {},
    ...cells(row).map((one) => inline(one, context, el(tag, tag === "th" ? { scope: "col" } : {}))));
  return el("div", { class: "table", tabindex: 0, role: "region", "aria-label": "Table" },
    el("table", {}, el("thead", {}, line(rows[0], "th")),
      el("tbody", {}, ...rows.slice(2).map((row) => line(row, "td")))));
}

function list(rows, context) {
  const ordered = /^\s*\d/.test(rows[0]);
  const made = el(ordered ? "ol" : "ul", ordered ? { start: parseInt(rows[0], 10) } : {});
  for (const row of rows) {
    const [, indent, , text] = row.match(/^(\s*)([-*+]|\d+[.)])\s+(.*)$/);
    const box = text.match(/^\[([ xX])\]\s+(.*)$/);
    const item = el("li", { class: `indent-${Math.min(4, Math.floor(indent.length / 2))}` });
    if (box) item.append(box[1] === " " ? "☐ " : "☑ ");
    made.append(inline(box ? box[2] : text, context, item));
  }
  return made;
}

const KINDS = [
  ["fence", /^```/], ["heading", /^#{1,6}\s/], ["rule", /^(---+|\*\*\*+|___+)\s*$/],
  ["quote", /^>/], ["list", /^\s*([-*+]|\d+[.)])\s+/], ["table", /^\s*\|.*\|\s*$/],
];
const kind = (row) => KINDS.find(([, pattern]) => pattern.test(row))?.[0] ?? (row.trim() ? "text" : "gap");

export function markdown(text, context) {
  const into = el("div", { class: "markdown" });
  const rows = text.split("\n");
  const take = (same) => {
    const taken = [];
    while (rows.length && same(rows[0])) taken.push(rows.shift());
    return taken;
  };
  while (rows.length) {
    const now = kind(rows[0]);
    if (now === "gap") rows.shift();
    else if (now === "rule") { rows.shift(); into.append(el("hr")); }
    else if (now === "fence") {
      rows.shift();
      into.append(el("pre", { tabindex: 0 }, take((row) => !/^```/.test(row)).join("\n")));
      rows.shift();
    } else if (now === "heading") {
      const [, marks, title] = rows.shift().match(/^(#+)\s+(.*)$/);
      into.append(inline(title, context, el(marks.length < 3 ? "h3" : "h4")));
    } else if (now === "quote") {
      const quote = el("blockquote");
      take((row) => kind(row) === "quote").forEach((row, at) => {
        if (at) quote.append(el("br"));
        inline(row.replace(/^>\s?/, ""), context, quote);
      });
      into.append(quote);
    } else if (now === "list") into.append(list(take((row) => kind(row) === "list"), context));
    else if (now === "table" && /^\s*\|[\s:|-]+\|\s*$/.test(rows[1] ?? "")) {
      into.append(table(take((row) => kind(row) === "table"), context));
    } else {
      const paragraph = el("p");
      [rows.shift(), ...take((row) => kind(row) === "text")].forEach((row, at) => {
        if (at) paragraph.append(el("br"));
        inline(row, context, paragraph);
      });
      into.append(paragraph);
    }
  }
  return into;
}
