// Slack's mrkdwn as elements. Everything becomes text nodes, so nothing that anybody typed can act.

import { el } from "./dom.js";

const EMOJI = {
  wave: "👋", tada: "🎉", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", bulb: "💡",
  bar_chart: "📊", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", calendar: "📅",
  date: "📅", bell: "🔔", no_bell: "🔕", lock: "🔒", eyes: "👀", pray: "🙏", clap: "👏", star: "⭐",
  thumbsup: "👍", "+1": "👍", "-1": "👎", heart: "❤️", raised_hands: "🙌", hourglass: "⌛", seedling: "🌱",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", large_blue_circle: "🔵",
  speech_balloon: "💬", memo: "📝", mag: "🔍", gear: "⚙️", question: "❓", information_source: "ℹ️",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", smile: "😄", stethoscope: "🩺", pushpin: "📌",
};

export const emoji = (text) =>
  text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);

export const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const plain = (text) => document.createTextNode(emoji(unescape(text)));

export function formatDate(spec, fallback, context) {
  const [seconds, pattern] = spec.split("^");
  const day = new Date(Number(seconds) * 1000);
  if (!pattern || Number.isNaN(day.getTime())) return fallback ?? "";
  const zone = { timeZone: context.tz };
  const show = (options) => new Intl.DateTimeFormat("en-GB", { ...options, ...zone }).format(day);
  const parts = {
    date: { day: "numeric", month: "long", year: "numeric" },
    date_short: { day: "numeric", month: "short", year: "numeric" },
    date_long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
    date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
    time: { hour: "2-digit", minute: "2-digit" },
    time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    const options = parts[name.replace("_pretty", "")];
    return options ? show(options) : whole;
  });
}

// <@U1>, <#C1|name>, <!channel>, <!date^…>, <https://…|label>
function angle(inside, context) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : inside.slice(bar + 1);
  if (target.startsWith("@")) {
    return el("span", { class: "mention" }, `@${context.names[target.slice(1)] ?? (label || target.slice(1))}`);
  }
  if (target.startsWith("#")) {
    return el("span", { class: "mention" }, `#${label || (context.channels[target.slice(1)] ?? target.slice(1))}`);
  }
  if (target.startsWith("!date^")) return plain(formatDate(target.slice(6), label, context));
  if (/^!(channel|here|everyone|subteam\^)/.test(target)) {
    const said = `@${target.slice(1).split("^")[0]}`;
    return el("span", { class: "mention loud", title: "In Slack this would notify everybody here" }, said);
  }
  if (!/^(https?:|mailto:|tel:|slack:)/.test(target)) return plain(`<${inside}>`);
  const shown = label ? emoji(unescape(label)) : unescape(target.replace(/^mailto:/, ""));
  return link(unescape(target), shown, context);
}

// Shown, not followed: this page asks no other host for anything.
export const link = (url, shown, context) =>
  el("button", { type: "button", class: "link", title: url, onclick: () => context.wouldOpen(url) }, shown);

const STYLES = { "*": "strong", _: "em", "~": "s" };

function styled(text, context, into) {
  const pattern = /`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)((?:(?!\3)[^\n])*?\S)\3(?![\p{L}\p{N}*_~])/gu;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) into.append(plain(text.slice(from, match.index)));
    if (match[1] !== undefined) into.append(el("code", {}, unescape(match[1])));
    else if (match[2] !== undefined) into.append(angle(match[2], context));
    else into.append(styled(match[4], context, el(STYLES[match[3]])));
    from = match.index + match[0].length;
  }
  if (from < text.length) into.append(plain(text.slice(from)));
  return into;
}

function lines(text, context, into) {
  const rows = text.split("\n");
  let quote = null;
  rows.forEach((row, number) => {
    const quoted = row.startsWith("&gt;") || row.startsWith(">");
    if (quoted) {
      if (quote) quote.append(el("br"));
      else into.append((quote = el("blockquote")));
      styled(row.replace(/^(&gt;|>)\s?/, ""), context, quote);
      return;
    }
    if (number > 0 && !quote) into.append(el("br"));
    quote = null;
    styled(row, context, into);
  });
}

export function mrkdwn(text, context) {
  const into = el("span", { class: "mrkdwn" });
  text.split("```").forEach((part, number, all) => {
    if (number % 2 === 1 && number < all.length - 1) {
      into.append(el("pre", {}, unescape(part.replace(/^\n|\n$/g, ""))));
    } else {
      lines(number % 2 === 1 ? `\`\`\`${part}` : part, context, into);
    }
  });
  return into;
}

export const textObject = (object, context) =>
  object.type === "mrkdwn" ? mrkdwn(object.text, context) : el("span", {}, emoji(object.text));
