// Trends: snapshots of one server in time.

// curveOf draws figures as a row of blocks, each as high as its part of the largest.
function curveOf(values) {
  const most = Math.max(1, ...values);
  const text = values.map((v) => v > 0 ? "▁▂▃▄▅▆▇█"[Math.min(7, Math.floor(8 * v / (most + 1)))] : "·").join("");
  return el("span", { role: "img", "aria-label": values.map(bytes).join(", "), title: values.map(bytes).join(", ") }, text);
}

// rateOf shows a rate with its spread.
const rateOf = (r) => r === null ? "–" : signedBytes(r.median) + (r.low === r.high ? "" : " (" + signedBytes(r.low) + " to " + signedBytes(r.high) + ")");

const at = (list, i) => list.length ? list.at(i) : null;

const courseColumns = [
  { id: "memory_first_bytes", label: "First", number: true, get: (r) => at(r.memory_bytes, 0), show: (r) => bytes(at(r.memory_bytes, 0)) },
  { id: "memory_last_bytes", label: "Last", number: true, get: (r) => at(r.memory_bytes, -1), show: (r) => bytes(at(r.memory_bytes, -1)) },
  field("memory_change_bytes", "Change", signedBytes),
  { id: "memory_change_ratio", label: "%", number: true, get: (r) => r.memory_change_ratio, show: (r) => r.memory_change_ratio === null ? "new" : (r.memory_change_ratio > 0 ? "+" : r.memory_change_ratio < 0 ? "−" : "") + Math.abs(100 * r.memory_change_ratio).toFixed(1) + " %" },
  { id: "memory_bytes_per_day", label: "A day", number: true, get: (r) => r.memory_bytes_per_day && r.memory_bytes_per_day.median, show: (r) => rateOf(r.memory_bytes_per_day) },
  { id: "keys_last", label: "Keys", number: true, get: (r) => at(r.keys, -1), show: (r) => at(r.keys, -1) === null ? "–" : grouped(at(r.keys, -1)) },
  { id: "keys_change", label: "Keys change", number: true, get: (r) => r.keys_change, show: (r) => signed(r.keys_change) },
  { id: "curve", label: "Memory", csv: false, show: (r) => curveOf(r.memory_bytes) },
];

// snapshotChart shows what was used in each snapshot, and where it goes.
function snapshotChart(d) {
  const f = d.forecast, values = f.used_memory_bytes.length ? f.used_memory_bytes : d.totals.memory_bytes;
  const bars = values.map((v, i) => ({ v, label: d.snapshots[i].ctime ? moment(d.snapshots[i].ctime) : "snapshot " + (i + 1), note: "" }))
    .concat(f.ahead.map((a) => ({ v: a.used_memory_bytes, label: moment(a.at), note: " expected, " + bytes(a.used_memory_low_bytes) + " to " + bytes(a.used_memory_high_bytes) })));
  const most = Math.max(1, f.maxmemory_bytes || 0, ...bars.map((b) => b.v));
  const columns = bars.map((b) => {
    const bar = el("div", { class: b.note ? "column storm" : "column", title: b.label + ": " + bytes(b.v) + b.note }, b.note ? el("span", null, "▲") : null), fill = el("i");
    fill.style.height = (100 * b.v / most).toFixed(2) + "%";
    bar.append(fill);
    return bar;
  });
  return el("div", { class: "chart" },
    el("div", { class: "scale", "aria-hidden": "true" }, el("span", null, bytes(most) + (most === f.maxmemory_bytes ? ", maxmemory" : "")), el("span", null, f.ahead.length ? "▲ expected" : "")),
    el("div", { class: "columns", role: "img", "aria-label": (f.basis ? "Used memory, " + f.basis : "Keys and values") + ": " + bars.map((b) => b.label + " " + bytes(b.v) + b.note).join("; ") }, columns),
    el("div", { class: "axis", "aria-hidden": "true" }, [bars[0], bars.at(-1)].filter(Boolean).map((b) => el("span", null, b.label))));
}

function buildTrend(d) {
  const t = d.totals, f = d.forecast, reached = f.maxmemory_reached;
  const days = (n) => n === null ? "never" : plural(n, "day");
  const pattern = { id: "pattern", label: "Pattern", get: (p) => p.pattern, show: (p) => [named(p.pattern), p.match ? [" ", copyButton(p.match, "Copy the glob " + p.match)] : null] };
  const patterns = (id, title, rows, total) => rows.length === 0 ? null : [el("h3", null, title + (total > rows.length ? " (" + grouped(rows.length) + " of " + grouped(total) + ")" : "")), new Table({
    id, caption: title, rows, sort: "", text: (p) => p.pattern + " " + p.type + " " + p.example,
    choices: [{ id: "status", label: "Status", options: choicesOf(rows, "status"), test: (p, v) => p.status === v }],
    columns: [pattern, word("type", "Type"), word("status", "Status"), ...courseColumns], more: plain("match", "memory_rises", "memory_falls", "leak_suspect", "example"),
  }).node];
  return [
    d.partial ? el("div", { class: "banner", role: "note" }, el("strong", null, "PARTIAL"), " The figures cover what could be read.") : null,
    el("section", { id: "figures", "aria-label": "Figures" }, el("dl", { class: "figures" },
      figure("memory, change", signedBytes(t.memory_change_bytes), bytes(at(t.memory_bytes, 0)) + " → " + bytes(at(t.memory_bytes, -1))),
      figure("snapshots", grouped(d.snapshots.length), d.span_seconds === null ? "" : "in " + seconds(d.span_seconds)),
      f.used_memory_bytes_per_day === null ? null : figure("a day, " + f.basis, signedBytes(f.used_memory_bytes_per_day.median), signedBytes(f.used_memory_bytes_per_day.low) + " to " + signedBytes(f.used_memory_bytes_per_day.high)),
      f.ahead.map((a) => figure("in " + plural(a.days, "day"), bytes(a.used_memory_bytes), bytes(a.used_memory_low_bytes) + " to " + bytes(a.used_memory_high_bytes))),
      reached === null ? null : figure("until maxmemory", days(reached.days), days(reached.days_earliest) + " to " + days(reached.days_latest) + ", of " + bytes(f.maxmemory_bytes)),
      figure("leak suspects", grouped(d.leak_suspects_total), "they grow, and nothing of them expires"))),
    section("course", "Course", snapshotChart(d)),
    section("patterns", "Patterns | How patterns went", patterns("leaks", "Leak suspects", d.leak_suspects, d.leak_suspects_total), patterns("patterns", "Patterns", d.patterns, d.patterns_total),
      patterns("appeared", "Appeared", d.appeared_patterns, d.appeared_patterns_total), patterns("gone", "Gone", d.gone_patterns, d.gone_patterns_total)),
    section("types", "Types | By type", new Table({ id: "types", caption: "Course by type", rows: d.by_type, sort: "-memory_last_bytes", columns: [word("type", "Type"), ...courseColumns] }).node),
    section("health", "Sources", sourcesTable(d.snapshots.flatMap((s) => s.sources)), warningList(d.warnings)),
  ];
}
