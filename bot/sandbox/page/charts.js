// The chart block: lines, areas, bars or a pie as a drawing, and the same numbers as a table for everybody.

import { el } from "./dom.js";

const SPACE = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, LEFT, FOOT, TOP] = [480, 240, 44, 34, 12];

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const words = (text, x, y, anchor = "middle") => shape("text", { x, y, "text-anchor": anchor }, text);
const short = (text) => (text.length > 9 ? `${text.slice(0, 8)}…` : text);

// Round numbers from at or below the least value (0 at most) to above the greatest.
function ticks(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values) || 1];
  const raw = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * unit).find((one) => one >= raw);
  const from = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - from + 1 }, (_, at) => Number(((from + at) * step).toPrecision(6)));
}

function plot(chart) {
  const { categories } = chart.axis_config;
  const valueAt = (one, label) => one.data.find((point) => point.label === label).value;
  const marks = ticks(chart.series.flatMap((one) => one.data.map((point) => point.value)));
  const slot = (WIDE - LEFT - 8) / categories.length;
  const x = (at) => LEFT + slot * (at + 0.5);
  const y = (value) => TOP + (HIGH - TOP - FOOT) * (1 - (value - marks[0]) / (marks.at(-1) - marks[0]));
  const drawing = shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "chart", "aria-hidden": "true" });
  for (const mark of marks) {
    drawing.append(shape("line", { x1: LEFT, x2: WIDE - 8, y1: y(mark), y2: y(mark), class: mark ? "grid" : "axis" }),
      words(String(mark), LEFT - 6, y(mark) + 4, "end"));
  }
  const every = Math.ceil(categories.length / Math.floor((WIDE - LEFT) / 58));
  categories.forEach((label, at) => { if (at % every === 0) drawing.append(words(short(label), x(at), HIGH - 16)); });
  chart.series.forEach((one, number) => {
    const line = categories.map((label, at) => `${x(at)},${y(valueAt(one, label))}`);
    if (chart.type === "bar") {
      const width = Math.max(2, (slot * 0.72) / chart.series.length);
      categories.forEach((label, at) => {
        const value = valueAt(one, label);
        drawing.append(shape("rect", {
          x: x(at) + width * (number - chart.series.length / 2), width, y: Math.min(y(value), y(0)),
          height: Math.abs(y(value) - y(0)), class: `fill-${number + 1}`,
        }));
      });
      return;
    }
    if (chart.type === "area") {
      drawing.append(shape("polygon", {
        points: `${x(0)},${y(0)} ${line.join(" ")} ${x(categories.length - 1)},${y(0)}`, class: `fill-${number + 1} area`,
      }));
    }
    drawing.append(shape("polyline", { points: line.join(" "), class: `line-${number + 1}` }));
  });
  if (chart.axis_config.x_label) drawing.append(words(chart.axis_config.x_label, (WIDE + LEFT) / 2, HIGH - 2));
  return drawing;
}

function pie(chart) {
  const whole = chart.segments.reduce((sum, one) => sum + one.value, 0);
  const drawing = shape("svg", { viewBox: "0 0 220 220", class: "chart pie", "aria-hidden": "true" });
  let turned = 0;
  chart.segments.forEach((one, number) => {
    const part = one.value / whole;
    // A circle's line, 100 long, of which this part is drawn.
    drawing.append(shape("circle", {
      cx: 110, cy: 110, r: 50, pathLength: 100, "stroke-dasharray": `${part * 100} ${100 - part * 100}`,
      "stroke-dashoffset": 25 - turned * 100, class: `ring-${number + 1}`,
    }));
    turned += part;
  });
  return drawing;
}

function numbers(chart) {
  const series = chart.series ?? [{ name: "Value", data: chart.segments }];
  const labels = chart.axis_config?.categories ?? chart.segments.map((one) => one.label);
  return el("table", {},
    el("thead", {}, el("tr", {}, el("td", {}, ""), ...series.map((one) => el("th", { scope: "col", class: "right" }, one.name)))),
    el("tbody", {}, ...labels.map((label) => el("tr", {}, el("th", { scope: "row" }, label),
      ...series.map((one) => el("td", { class: "right" }, String(one.data.find((point) => point.label === label).value)))))));
}

export function chart(block) {
  const names = (block.chart.series ?? block.chart.segments).map((one) => one.name ?? one.label);
  return el("figure", { class: "charted" }, el("figcaption", {}, block.title),
    block.chart.type === "pie" ? pie(block.chart) : plot(block.chart),
    names.length > 1 || block.chart.type === "pie" ? el("ul", { class: "legend" },
      ...names.map((name, number) => el("li", {}, el("span", { class: `swatch swatch-${number + 1}` }), name))) : null,
    el("details", {}, el("summary", {}, "As a table"),
      el("div", { class: "table", tabindex: 0, role: "region", "aria-label": block.title }, numbers(block.chart))));
}
