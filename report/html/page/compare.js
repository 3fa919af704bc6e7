// Comparisons: of two snapshots, and of the same keys under other settings.

const changeColumns = [
  field("memory_before_bytes", "Before", bytes), field("memory_after_bytes", "After", bytes), field("memory_change_bytes", "Change", signedBytes),
  { id: "memory_change_ratio", label: "%", number: true, get: (r) => r.memory_change_ratio, show: (r) => r.memory_change_ratio === null ? "new" : (r.memory_change_ratio > 0 ? "+" : r.memory_change_ratio < 0 ? "−" : "") + Math.abs(100 * r.memory_change_ratio).toFixed(1) + " %" },
  field("keys_before", "Keys before"), field("keys_after", "Keys after"), field("keys_change", "Keys change", signed),
  field("memory_change_bytes_per_day", "A day", signedBytes),
];

function buildDiff(d) {
  const t = d.totals, f = d.forecast;
  const pattern = { id: "pattern", label: "Pattern", get: (p) => p.pattern, show: (p) => [named(p.pattern), p.match ? [" ", copyButton(p.match, "Copy the glob " + p.match)] : null] };
  const patterns = (id, title, rows, total) => rows.length === 0 ? null : [el("h3", null, title + (total > rows.length ? " (" + grouped(rows.length) + " of " + grouped(total) + ")" : "")), new Table({
    id, caption: title, rows, sort: "", text: (p) => p.pattern + " " + p.type + " " + p.example,
    choices: [{ id: "status", label: "Status", options: choicesOf(rows, "status"), test: (p, v) => p.status === v }],
    columns: [pattern, word("type", "Type"), word("status", "Status"), ...changeColumns],
    more: plain("match", "avg_before_bytes", "avg_after_bytes", "keys_without_ttl_before", "keys_without_ttl_after", "memory_without_ttl_before_bytes", "memory_without_ttl_after_bytes", "leak_suspect", "example"),
  }).node];
  return [
    d.partial ? el("div", { class: "banner", role: "note" }, el("strong", null, "PARTIAL"), " The figures cover what could be read.") : null,
    el("section", { id: "figures", "aria-label": "Figures" }, el("dl", { class: "figures" },
      figure("memory, change", signedBytes(t.memory_change_bytes), bytes(t.memory_before_bytes) + " → " + bytes(t.memory_after_bytes)),
      figure("keys, change", signed(t.keys_change), grouped(t.keys_before) + " → " + grouped(t.keys_after)),
      d.span_seconds === null ? null : figure("apart", seconds(d.span_seconds), moment(d.old.ctime) + " → " + moment(d.new.ctime)),
      t.memory_change_bytes_per_day === null ? null : figure("a day", signedBytes(t.memory_change_bytes_per_day), signed(t.keys_change_per_day) + " keys"),
      f.basis === "" ? null : figure("used memory, " + f.basis, bytes(f.used_memory_after_bytes), f.used_memory_change_bytes_per_day === null ? "" : signedBytes(f.used_memory_change_bytes_per_day) + " a day"),
      f.days_to_maxmemory === null ? null : figure("until maxmemory", plural(f.days_to_maxmemory, "day"), "of " + bytes(f.maxmemory_bytes)),
      figure("leak suspects", grouped(d.leak_suspects_total), "they grow, and nothing of them expires"))),
    section("patterns", "Patterns | What changed", patterns("leaks", "Leak suspects", d.leak_suspects, d.leak_suspects_total), patterns("patterns", "Patterns", d.patterns, d.patterns_total),
      patterns("new", "New patterns", d.new_patterns, d.new_patterns_total), patterns("vanished", "Vanished patterns", d.vanished_patterns, d.vanished_patterns_total)),
    section("types", "Types | By type", new Table({ id: "types", caption: "Change by type", rows: d.by_type, sort: "-memory_after_bytes", columns: [word("type", "Type"), ...changeColumns] }).node),
    section("keys", "Keys", d.grown_keys.length ? [el("h3", null, "Keys that grew most"), new Table({ id: "grown", caption: "Keys that grew most", rows: d.grown_keys, sort: "-memory_change_bytes", size: 10,
      columns: [...keyColumns("memory_bytes").slice(0, 5), field("memory_before_bytes", "Before", bytes), field("memory_change_bytes", "Change", signedBytes)], more: keyMore }).node] : null,
    d.new_keys.length ? [el("h3", null, "Biggest new keys"), d.new_keys_certain ? null : el("p", { class: "hint" }, "Some may have been there, smaller than " + bytes(d.new_keys_floor_bytes) + "."),
      new Table({ id: "newkeys", caption: "Biggest new keys", rows: d.new_keys, sort: "-memory_bytes", size: 10, columns: keyColumns("memory_bytes"), more: keyMore }).node] : el("p", null, "No big key is new.")),
    section("health", "Sources", sourcesTable([...d.old.sources, ...d.new.sources]), warningList(d.warnings)),
  ];
}

const outcomeColumns = (baseline) => [
  field("keys", "Keys"), field("keys_changed", "Change encoding"), field("memory_before_bytes", "Before", bytes), field("memory_after_bytes", "After", bytes), field("saves_bytes", "Saves", bytes),
  { id: "share", label: "Of all", number: true, csv: false, get: (r) => r.saves_bytes, show: (r) => share(r.saves_bytes, baseline) },
  { id: "encodings", label: "Encodings", csv: false, get: (r) => Object.keys(r.encodings_after).join(" "), show: (r) => Object.entries(r.encodings_after).map(([name, n]) => el("span", { class: "item" }, name + " " + grouped(n) + (n === (r.encodings_before[name] || 0) ? "" : " (was " + grouped(r.encodings_before[name] || 0) + ")"))) },
];

function buildWhatIf(w) {
  const b = w.baseline;
  return [
    w.partial ? el("div", { class: "banner", role: "note" }, el("strong", null, "PARTIAL"), " The figures cover what could be read.") : null,
    el("section", { id: "figures", "aria-label": "Figures" }, el("dl", { class: "figures" },
      figure("keys and values now", bytes(b.memory_bytes), b.memory_error_bytes ? "± " + bytes(b.memory_error_bytes) : "exact"), figure("keys", grouped(b.keys), w.model.server + ", " + w.model.allocator),
      w.scenarios.slice(0, 6).map((s) => figure(s.name, bytes(s.memory_after_bytes), s.saves_bytes < 0 ? "costs " + bytes(-s.saves_bytes) : "saves " + bytes(s.saves_bytes) + ", " + percent(s.saves_bytes, s.memory_before_bytes))))),
    el("p", null, w.basis),
    w.scenarios.map((s, i) => section("scenario-" + i, s.name, facts([["server", s.server], ["settings", s.settings.map((x) => x.name + " " + x.value).join(", ")], ["saves", bytes(s.saves_bytes) + (s.saves_error_bytes ? " ± " + bytes(s.saves_error_bytes) : "")], ["of used memory", s.saves_used_memory_bytes === null ? "" : bytes(s.saves_used_memory_bytes)], ["keys that change their encoding", grouped(s.keys_changed)]]),
      el("h3", null, "By type"), new Table({ id: "types" + i, caption: "By type, " + s.name, rows: s.by_type, sort: "-saves_bytes", columns: [word("type", "Type"), ...outcomeColumns(b.memory_bytes)], more: plain("saves_resident_bytes", "saves_error_bytes") }).node,
      el("h3", null, "By pattern"), new Table({ id: "patterns" + i, caption: "By pattern, " + s.name, rows: s.by_pattern, sort: "-saves_bytes", text: (p) => p.pattern + " " + p.type,
        columns: [{ id: "pattern", label: "Pattern", get: (p) => p.pattern, show: (p) => named(p.pattern) }, word("type", "Type"), ...outcomeColumns(b.memory_bytes)], more: plain("match", "saves_resident_bytes", "saves_error_bytes") }).node,
      s.costs.length ? [el("h3", null, "What it costs"), plainTable("Looking for an element of a packed value, " + s.name, ["type", "#keys that change", "#scanned at most, before", "#after", "#longest packed, before", "#after"],
        s.costs.map((c) => [c.type, grouped(c.keys_changed), grouped(c.before.elements_scanned_max), grouped(c.after.elements_scanned_max), bytes(c.before.longest_packed_bytes), bytes(c.after.longest_packed_bytes)]))] : null)),
    w.sweeps.map((s, i) => section("sweep-" + i, s.setting, el("p", null, "Of each " + s.type + "; " + s.value_in_force + " is in force" + (s.knee === null ? "." : ", the curve bends at " + s.knee + ".")),
      new Table({ id: "sweep" + i, caption: "Values of " + s.setting, rows: s.points, sort: "value", size: 50, columns: [field("value", "Value"), field("memory_bytes", "Memory", bytes), field("saves_bytes", "Saves", bytes),
        { id: "share", label: "Of all", number: true, csv: false, get: (p) => p.saves_bytes, show: (p) => share(p.saves_bytes, b.memory_bytes) }, field("keys_changed", "Change encoding"), field("elements_scanned_max", "Scanned at most"), field("longest_packed_bytes", "Longest packed", bytes)] }).node)),
    section("health", "Sources", sourcesTable(w.sources), warningList(w.warnings)),
  ];
}
