"use strict";
// The page is built here from the report's JSON. Names of keys are hostile: they
// reach the document as text nodes and attribute values only, never as markup.

const MIXED = "mixed";

// el makes an element. Properties that begin with "on" are listeners, what is null or
// false is left out, children are nodes or text.
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(2)) {
    if (child !== null && child !== undefined && child !== "") node.append(child);
  }
  return node;
}

// named shows a name, which has a direction of its own.
const named = (text) => el("bdi", { class: "name" }, text);

const grouped = (n) => Math.round(n).toLocaleString("en-US");
const plural = (n, noun) => grouped(n) + " " + noun + (n === 1 ? "" : "s");

// bytes shows a size with three digits, as the text of rdblens does.
function bytes(n) {
  if (n === null || n === undefined) return "–";
  const sign = n < 0 ? "−" : "";
  let v = Math.abs(n), unit = 0;
  while (v >= 1024 && unit < 6) { v /= 1024; unit++; }
  if (unit === 0) return sign + v + " B";
  if (v >= 999.5 && unit < 6) { v /= 1024; unit++; }
  const digits = v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2;
  return sign + v.toFixed(digits) + " " + "BKMGTPE"[unit] + "iB";
}

const signedBytes = (n) => n === null || n === undefined ? "–" : (n > 0 ? "+" : "") + bytes(n);
const signed = (n) => n === null || n === undefined ? "–" : (n > 0 ? "+" : n < 0 ? "−" : "") + grouped(Math.abs(n));

function percent(part, whole) {
  if (!whole) return "–";
  const p = 100 * part / whole;
  if (p === 0 || p === 100) return p + " %";
  if (p < 0.1) return "<0.1 %";
  if (p > 99.9 && p < 100) return ">99.9 %";
  return (p < 10 ? p.toFixed(1) : Math.round(p)) + " %";
}

// seconds shows a duration in its largest unit.
function seconds(n) {
  if (n === null || n === undefined) return "–";
  for (const [size, unit] of [[86400 * 365, "y"], [86400, "d"], [3600, "h"], [60, "min"]]) {
    if (n >= size) return (n / size >= 10 ? Math.round(n / size) : Math.round(10 * n / size) / 10) + " " + unit;
  }
  return n + " s";
}

// moment shows a time of the JSON to the minute.
const moment = (t) => t ? t.slice(0, 10) + " " + t.slice(11, 16) + " UTC" : "–";

// share is a figure with a bar behind it.
function share(part, whole) {
  const bar = el("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = (whole > 0 ? Math.min(100, 100 * Math.max(0, part) / whole) : 0) + "%";
  return el("span", { class: "share" }, bar, el("span", null, percent(part, whole)));
}

// say has screen readers read a message out.
function say(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  status.textContent = text;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { readonly: true, class: "offscreen", "aria-label": "to copy" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied " + text);
}

const copyButton = (text, label) => el("button", {
  type: "button", class: "small", "aria-label": label, title: label,
  onclick: async (event) => {
    const button = event.currentTarget;
    await copyText(text);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1200);
  },
}, "copy");

// csvCell quotes a cell. What a spreadsheet would take for a formula is escaped as
// rdblens does it in its own CSV.
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  let text = String(value);
  if (/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text)) {
    text = Array.from(new TextEncoder().encode(text[0]), (b) => "\\x" + b.toString(16).padStart(2, "0")).join("") + text.slice(1);
  }
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say("Saved " + name);
}

// state is what the fragment of the address holds, so that a view can be sent on.
// A fragment without "=" is an anchor and changes nothing.
const state = {
  values: new URLSearchParams(),
  listeners: [],
  timer: 0,
  read() {
    const text = location.hash.slice(1);
    if (text !== "" && !text.includes("=")) return false;
    this.values = new URLSearchParams(text);
    return true;
  },
  get(name, other) { return this.values.has(name) ? this.values.get(name) : other; },
  number(name, other) {
    const n = Number.parseInt(this.get(name, ""), 10);
    return Number.isFinite(n) && n >= 0 ? n : other;
  },
  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value === "" || value === null || value === undefined) this.values.delete(name);
      else this.values.set(name, value);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), 100);
  },
  write() {
    const text = "#" + this.values.toString();
    if (text === location.hash || text === "#" && location.hash === "") return;
    try {
      history.replaceState(null, "", text === "#" ? location.pathname + location.search : text);
    } catch {
      location.replace(text);
    }
  },
  // listen has a part of the page show what the fragment says: once the page is built, and
  // whenever another fragment is set from outside.
  listen(apply) { this.listeners.push(apply); },
  apply() { for (const listener of this.listeners) listener(); },
};

// section makes a part of the page that the list of contents names, by the words before
// the bar if there is one in the title.
function section(id, titles, ...children) {
  const [short, title = short] = titles.split(" | ");
  return el("section", { id, "aria-labelledby": id + "-title", "data-short": short }, el("h2", { id: id + "-title", tabindex: "-1" }, title), children);
}

function figure(label, value, note) {
  return el("div", { class: "figure" }, el("dt", null, label), el("dd", null, el("strong", null, value), note ? el("span", null, note) : null));
}

// select makes a labelled choice of [value, text] pairs.
function select(label, options, value, change) {
  const box = el("select", { onchange: (event) => change(event.target.value) },
    options.map(([v, text]) => el("option", { value: v }, text)));
  box.value = value;
  if (box.selectedIndex < 0) box.selectedIndex = 0;
  return { node: el("label", { class: "field" }, label + " ", box), box };
}

// facts is a list of names and values; rows without a value are left out.
function facts(rows) {
  return el("dl", { class: "facts" }, rows.filter((r) => r && r[1] !== null && r[1] !== undefined && r[1] !== "")
    .map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))));
}

// plainTable is a small table without controls; columns that begin with "#" are numbers.
function plainTable(caption, columns, rows) {
  const number = columns.map((c) => c.startsWith("#"));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption + ", table" },
    el("table", null, el("caption", null, caption),
      el("thead", null, el("tr", null, columns.map((c, i) => el(c === "" ? "td" : "th", { scope: c === "" ? null : "col", class: number[i] ? "number" : null }, c.replace(/^#/, ""))))),
      el("tbody", null, rows.map((row) => el("tr", null, row.map((cell, i) => i === 0
        ? el("th", { scope: "row" }, cell) : el("td", { class: number[i] ? "number" : null }, cell)))))));
}
