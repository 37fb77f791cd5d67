// Blocks, drawn as Slack draws them. See elements.js for what a `form` is.

import { chart } from "./charts.js";
import { enlarge } from "./dialogs.js";
import { el, icon, newId, pictureAddress } from "./dom.js";
import { drawElement } from "./elements.js";
import { markdown } from "./markdown.js";
import { emoji, textObject } from "./mrkdwn.js";
import { dataTable, richText, table } from "./rich.js";

function missing(alt, why) {
  return el("span", { class: "missing", role: "img", "aria-label": alt }, why);
}

function picture(block, context, small) {
  const id = block.slack_file?.id;
  if (!id) return missing(block.alt_text, "A picture of another host, not fetched: nothing leaves this machine.");
  const image = el("img", { src: pictureAddress(id, context), alt: block.alt_text, decoding: "async" });
  image.addEventListener("error", () => {
    (image.closest(".picture") ?? image).replaceWith(missing(block.alt_text, "This picture is not shared with you."));
  }, { once: true });
  if (small) return image;
  const open = () => enlarge(image.src, block.alt_text);
  image.addEventListener("click", open);
  return el("div", { class: "picture" }, image,
    el("button", { type: "button", class: "enlarge", "aria-label": "Enlarge the picture", onclick: open }, icon("expand")));
}

function section(block, context, form) {
  const words = el("div", { class: "words" }, block.text ? textObject(block.text, context) : null);
  if (block.fields) {
    words.append(el("div", { class: "fields" },
      ...block.fields.map((one) => el("div", {}, textObject(one, context)))));
  }
  const extra = block.accessory;
  if (!extra) return el("div", { class: "section" }, words);
  const drawn = extra.type === "image" ? picture(extra, context) : drawElement(extra, block, context, form);
  return el("div", { class: `section with-${extra.type}` }, words, el("div", { class: "accessory" }, drawn));
}

function input(block, context, form) {
  const [id, labelId, hintId, errorId] = ["control", "label", "hint", "error"].map(newId);
  const label = { id, labelId, describedBy: `${block.hint ? `${hintId} ` : ""}${errorId}` };
  const grouped = ["checkboxes", "radio_buttons"].includes(block.element.type);
  const drawn = drawElement(block.element, block, context, form, label);
  return el("div", { class: "input", "data-block": block.block_id },
    el(grouped ? "div" : "label", { class: "label", id: labelId, htmlFor: grouped ? null : id }, emoji(block.label.text),
      block.optional ? el("small", {}, " (optional)") : null),
    drawn,
    block.hint ? el("small", { class: "hint", id: hintId }, emoji(block.hint.text)) : null,
    el("p", { class: "error", id: errorId, hidden: true }));
}

const DRAW = {
  divider: () => el("hr"),
  header: (block) => el("h3", { class: `level-${block.level ?? 1}` }, emoji(block.text.text)),
  markdown: (block, context) => markdown(block.text, context),
  table,
  data_table: dataTable,
  data_visualization: chart,
  rich_text: richText,
  image: (block, context) => el("figure", {},
    block.title ? el("figcaption", {}, emoji(block.title.text)) : null, picture(block, context)),
  context: (block, context) => el("div", { class: "context" }, ...block.elements.map((one) =>
    (one.type === "image" ? picture(one, context, true) : textObject(one, context)))),
  actions: (block, context, form) => el("div", { class: "actions" },
    ...block.elements.map((one) => drawElement(one, block, context, form))),
  section,
  input,
};

export function drawBlocks(blocks, context, form) {
  return blocks.map((block) => {
    const made = DRAW[block.type]?.(block, context, form)
      ?? el("p", { class: "missing" }, `A block of the type ${block.type}`);
    made.classList.add("block");
    return made;
  });
}

// Shows the errors beside their fields (block_id to sentence) and moves the focus to the first; none clears them.
export function showErrors(box, errors = {}) {
  for (const input of box.querySelectorAll("[data-block]")) {
    const sentence = errors[input.dataset.block];
    const line = input.querySelector(".error");
    line.textContent = sentence ?? "";
    line.hidden = !sentence;
    input.classList.toggle("wrong", Boolean(sentence));
    for (const control of input.querySelectorAll("input, textarea, select, .open")) {
      if (sentence) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
  box.querySelector(".wrong")?.querySelector("input, textarea, select, button")?.focus();
}
