// Blocks and their elements, drawn as Slack draws them. `use(element, value)` is called when one is used.

import { el, emoji, mrkdwn, textObject } from "./mrkdwn.js";

const optionsOf = (element) => element.options ?? (element.option_groups ?? []).flatMap((g) => g.options);

function asked(element, act) {
  const confirm = element.confirm;
  if (!confirm || window.confirm(`${confirm.title.text}\n\n${confirm.text.text}`)) act();
}

function choices(element, context) {
  if (element.type.endsWith("users_select")) return Object.entries(context.names).map(([id, name]) => [id, name]);
  if (/(channels|conversations)_select$/.test(element.type)) {
    return Object.entries(context.channels).map(([id, name]) => [id, `#${name}`]);
  }
  return optionsOf(element).map((option) => [option.value, emoji(option.text.text)]);
}

function initial(element, value) {
  const given = value ?? {};
  const names = ["option", "options", "user", "users", "channel", "channels", "conversation", "conversations",
    "date", "time", "date_time"];
  for (const name of names) {
    const found = given[`selected_${name}`] ?? element[`initial_${name}`];
    if (Array.isArray(found)) return found.map((one) => one.value ?? one);
    if (found !== undefined && found !== null) return found.value ?? found;
  }
  return given.value ?? element.initial_value ?? null;
}

function menu(element, context, use, chosen, label) {
  const several = element.type.startsWith("multi_");
  const hint = element.placeholder?.text ?? (element.type === "overflow" ? "⋯" : "Choose");
  const box = el("select", {
    class: element.type === "overflow" ? "overflow" : "select",
    multiple: several,
    "aria-label": label ?? (element.type === "overflow" ? "More" : hint),
    "data-key": element.action_id,
    onchange: () => {
      const picked = several ? [...box.selectedOptions].map((o) => o.value) : box.value;
      if (element.type !== "overflow") return use(element, picked);
      box.value = "";
      return asked(element, () => use(element, picked));
    },
  });
  if (!several) box.append(el("option", { value: "", disabled: true, selected: chosen === null }, hint));
  for (const [value, text] of choices(element, context)) {
    const selected = several ? (chosen ?? []).includes(value) : chosen === value;
    box.append(el("option", { value, selected }, text));
  }
  return box;
}

function boxes(element, context, use, chosen) {
  const several = element.type === "checkboxes";
  const group = el("div", { class: "boxes", role: several ? "group" : "radiogroup" });
  const name = `${element.action_id}-${Math.random()}`;
  for (const option of element.options) {
    const checked = several ? (chosen ?? []).includes(option.value) : chosen === option.value;
    const input = el("input", { type: several ? "checkbox" : "radio", name, value: option.value, checked });
    input.addEventListener("change", () => {
      const picked = [...group.querySelectorAll("input:checked")].map((one) => one.value);
      use(element, several ? picked : picked[0]);
    });
    const about = option.description ? el("small", {}, textObject(option.description, context)) : null;
    group.append(el("label", {}, input, el("span", {}, textObject(option.text, context), about)));
  }
  return group;
}

const INPUTS = {
  plain_text_input: "text", number_input: "number", email_text_input: "email", url_text_input: "url",
  datepicker: "date", timepicker: "time", datetimepicker: "datetime-local",
};

function field(element, use, chosen, label) {
  const common = {
    "aria-label": label ?? element.placeholder?.text ?? element.type,
    placeholder: element.placeholder?.text,
    value: chosen ?? "",
    "data-key": element.action_id,
    maxLength: element.max_length,
  };
  if (element.is_decimal_allowed) common.step = "any";
  const box = element.multiline
    ? el("textarea", { ...common, rows: 4 })
    : el("input", { ...common, type: INPUTS[element.type] });
  box.addEventListener("change", () => use(element, box.value || null));
  return box;
}

export function drawElement(element, context, use, value, label) {
  if (element.type === "image") return picture(element, context);
  if (element.type === "button") {
    return el("button", {
      class: `button ${element.style ?? ""}`,
      type: "button",
      "aria-label": element.accessibility_label,
      "data-key": element.action_id,
      onclick: () => asked(element, () => use(element, null)),
    }, emoji(element.text.text));
  }
  const chosen = initial(element, value);
  if (element.type === "radio_buttons" || element.type === "checkboxes") {
    return boxes(element, context, use, chosen);
  }
  if (INPUTS[element.type]) return field(element, use, chosen, label);
  return menu(element, context, use, chosen, label);
}

function picture(block, context) {
  const id = block.slack_file?.id;
  if (!id) return el("span", { class: "missing" }, `Picture: ${block.alt_text}`);
  const source = `/sandbox/files/${encodeURIComponent(id)}?as=${encodeURIComponent(context.me)}`;
  return el("img", { src: source, alt: block.alt_text, loading: "lazy" });
}

// -- rich text and tables ----

function run(part, context) {
  const show = {
    text: () => part.text,
    link: () => part.text ?? part.url,
    emoji: () => emoji(`:${part.name}:`),
    user: () => `@${context.names[part.user_id] ?? part.user_id}`,
    channel: () => `#${context.channels[part.channel_id] ?? part.channel_id}`,
    broadcast: () => `@${part.range}`,
    date: () => part.fallback ?? new Date(part.timestamp * 1000).toISOString(),
    usergroup: () => `@${part.usergroup_id}`,
    color: () => part.value,
  };
  let made = document.createTextNode(show[part.type]?.() ?? "");
  const kinds = { user: "mention", channel: "mention", broadcast: "mention loud", link: "link" };
  if (kinds[part.type]) made = el("span", { class: kinds[part.type], title: part.url }, made);
  const tags = { bold: "strong", italic: "em", strike: "s", code: "code" };
  for (const [name, tag] of Object.entries(tags)) if (part.style?.[name]) made = el(tag, {}, made);
  return made;
}

function rich(part, context) {
  const inner = () => part.elements.map((one) => run(one, context));
  if (part.type === "rich_text_list") {
    const list = el(part.style === "ordered" ? "ol" : "ul", { class: `indent-${part.indent ?? 0}` });
    for (const item of part.elements) list.append(el("li", {}, ...item.elements.map((one) => run(one, context))));
    return list;
  }
  if (part.type === "rich_text_preformatted") return el("pre", {}, ...inner());
  if (part.type === "rich_text_quote") return el("blockquote", {}, ...inner());
  return el("p", { class: "rich" }, ...inner());
}

function cell(content, context) {
  if (content.type === "rich_text") return content.elements.map((part) => rich(part, context));
  return [String(content.text ?? content.value ?? "")];
}

function table(block, context) {
  const body = el("tbody");
  const made = el("table", {}, body);
  block.rows.forEach((row, number) => {
    const line = el("tr");
    row.forEach((content, column) => {
      const align = block.column_settings?.[column]?.align ?? "left";
      line.append(el(number ? "td" : "th", { class: align, scope: number ? null : "col" }, ...cell(content, context)));
    });
    (number ? body : made.createTHead()).append(line);
  });
  return el("div", { class: "table", tabindex: 0, role: "region", "aria-label": "Table" }, made);
}

// -- blocks ----

const DRAW = {
  divider: () => el("hr"),
  header: (block) => el("h3", {}, emoji(block.text.text)),
  markdown: (block, context) => el("div", {}, mrkdwn(block.text.replaceAll("**", "*"), context)),
  table,
  rich_text: (block, context) => el("div", {}, ...block.elements.map((part) => rich(part, context))),
  image: (block, context) => el("figure", {},
    block.title ? el("figcaption", {}, emoji(block.title.text)) : null, picture(block, context)),
  context: (block, context) => el("div", { class: "context" },
    ...block.elements.map((one) => (one.type === "image" ? picture(one, context) : textObject(one, context)))),
  actions: (block, context, use, values) => el("div", { class: "actions" },
    ...block.elements.map((one) => drawElement(one, context, use, values[one.action_id]))),
  section: (block, context, use, values) => {
    const text = el("div", { class: "words" }, block.text ? textObject(block.text, context) : null);
    if (block.fields) {
      text.append(el("div", { class: "fields" }, ...block.fields.map((one) => el("div", {}, textObject(one, context)))));
    }
    const extra = block.accessory;
    const side = extra ? el("div", { class: "accessory" },
      drawElement(extra, context, use, values[extra.action_id])) : null;
    return el("div", { class: "section" }, text, side);
  },
  input: (block, context, use, values) => {
    const element = block.element;
    const optional = block.optional ? el("small", {}, " (optional)") : null;
    return el("div", { class: "input", "data-block": block.block_id },
      el("div", { class: "label" }, emoji(block.label.text), optional),
      drawElement(element, context, (e, value) => use(e, value, block), values[element.action_id], block.label.text),
      block.hint ? el("small", { class: "hint" }, emoji(block.hint.text)) : null,
      el("p", { class: "error", role: "alert", hidden: true }));
  },
};

export function drawBlocks(blocks, context, use, state = {}) {
  return blocks.map((block) => {
    const made = DRAW[block.type]?.(block, context, use, state[block.block_id] ?? {})
      ?? el("p", { class: "missing" }, `A block of type ${block.type}`);
    made.classList.add("block");
    return made;
  });
}
