// The report: figures first, then where memory is, when it goes, and what would help.

function buildReport(report) {
  const drawer = new Drawer(report);
  const table = groupsTable(report, drawer);
  const showKeys = (row) => {
    if (row.kind !== "other") {
      table.query.value = row.prefix;
      table.changed();
    }
    focusSection("groups");
  };
  const map = new Treemap(report.tree, report.totals.memory_bytes, showKeys);
  return [
    banner(report), figures(report),
    section("map", "Map | Where the memory is", map.node),
    section("groups", "Groups | Groups of keys", el("p", null, "Keys by pattern and type; the rows add up to all keys."), table.node),
    expiry(report), advice(report), biggest(report), types(report), slots(report), distribution(report), health(report), drawer.node,
  ];
}

function focusSection(id) {
  const title = document.getElementById(id + "-title");
  if (!title) return;
  title.scrollIntoView({ block: "start" });
  title.focus({ preventScroll: true });
}

function banner(report) {
  if (!report.partial) return null;
  const bad = report.sources.filter((s) => s.error);
  return el("div", { class: "banner", role: "note" }, el("strong", null, "PARTIAL"), " The figures cover what could be read.",
    el("ul", null, bad.map((s) => el("li", null, named(s.name), ": ", named(s.error), s.error_offset === undefined || s.error_offset === null ? "" : ", at byte " + grouped(s.error_offset), s.last_good_key ? [", after key ", named(s.last_good_key)] : ""))));
}

function figures(report) {
  const t = report.totals, bucket = (label) => report.expiry.buckets.find((b) => b.label === label) || { keys: 0, memory_bytes: 0 };
  const soon = bucket("<1h");
  const used = t.reported_used_memory_bytes ?? t.predicted_used_memory_bytes;
  return el("section", { id: "figures", "aria-label": "Figures" }, el("dl", { class: "figures" },
    figure("keys and values", bytes(t.memory_bytes), t.memory_error_bytes ? "± " + bytes(t.memory_error_bytes) : "exact"),
    used === null ? null : figure(t.reported_used_memory_bytes === null ? "used memory, predicted" : "used memory, reported", bytes(used), unexplained(t)),
    figure("keys", grouped(t.keys), plural(t.elements, "element")),
    figure("never expires", percent(t.memory_bytes - t.memory_with_ttl_bytes, t.memory_bytes), bytes(t.memory_bytes - t.memory_with_ttl_bytes) + ", " + plural(t.keys - t.keys_with_ttl, "key")),
    figure("expires within 1 h", bytes(soon.memory_bytes), plural(soon.keys, "key")),
    figure("past their TTL", grouped(t.keys_expired), bytes(t.memory_expired_bytes)),
    figure("largest key", report.biggest.length ? bytes(report.biggest[0].memory_bytes) : "–", report.biggest.length ? named(report.biggest[0].key) : ""),
    figure("suggestions", grouped(report.suggestions.length), report.suggestions_together_save_bytes === null ? "" : "together at most " + bytes(report.suggestions_together_save_bytes))));
}

function unexplained(t) {
  if (t.reported_used_memory_bytes === null || t.predicted_used_memory_bytes === null) return "";
  const part = Math.min(t.predicted_used_memory_bytes, t.reported_used_memory_bytes);
  return percent(part, Math.max(t.predicted_used_memory_bytes, t.reported_used_memory_bytes)) + " explained";
}

function groupsTable(report, drawer) {
  const total = report.totals.memory_bytes;
  const helped = new Map();
  report.suggestions.forEach((s, i) => { for (const share of s.shares) helped.set(share.group, (helped.get(share.group) || new Set()).add(i)); });
  drawer.helped = helped;
  const ttl = [["none", "no key has one"], ["some", "some keys have one"], ["all", "every key has one"]];
  return new Table({
    id: "groups", caption: "Groups of keys", rows: report.groups, sort: "-memory_bytes",
    text: (g) => g.pattern + " " + g.type + " " + g.role + " " + g.example,
    choices: [
      { id: "type", label: "Type", options: choicesOf(report.groups, "type"), test: (g, v) => g.type === v },
      { id: "role", label: "Role", options: choicesOf(report.groups, "role"), test: (g, v) => g.role === v },
      { id: "ttl", label: "TTL", options: ttl, test: (g, v) => v === (g.keys_without_ttl === g.keys ? "none" : g.keys_without_ttl > 0 ? "some" : "all") },
    ],
    columns: [
      { id: "pattern", label: "Pattern", get: (g) => g.pattern, show: (g, i) => [
        el("button", { type: "button", class: "link", "aria-haspopup": "dialog", onclick: (event) => drawer.open(i, event.currentTarget) }, named(g.pattern)),
        g.match ? copyButton(g.match, "Copy the glob " + g.match) : null] },
      field("memory_bytes", "Memory", bytes),
      { id: "memory_share", label: "Share", number: true, csv: false, get: (g) => g.memory_bytes, show: (g) => share(g.memory_bytes, total) },
      field("keys", "Keys"), field("avg_bytes", "Average", bytes),
      { id: "no_ttl_share", label: "No TTL", number: true, get: (g) => g.keys ? g.keys_without_ttl / g.keys : null, show: (g) => percent(g.keys_without_ttl, g.keys), csv: false },
      field("idle_memory_p50_seconds", "Idle", seconds),
      word("type", "Type"), word("role", "Role"),
    ],
    more: plain("match", "keys_without_ttl", "memory_without_ttl_bytes", "p50", "p90", "p99", "max", "elements", "resident_bytes", "key_name_bytes", "payload_bytes", "waste_bytes", "overhead_bytes", "example"),
  });
}

// Drawer is a dialog with all there is about a group.
class Drawer {
  constructor(report) {
    this.report = report;
    this.body = el("div");
    this.node = el("dialog", { class: "drawer", "aria-labelledby": "drawer-title", onclose: () => this.closed(), onclick: (event) => { if (event.target === this.node) this.node.close(); } }, this.body);
    state.listen(() => this.read());
  }

  // read opens what the fragment names, once the dialog is in the document.
  read() {
    const i = state.number("open", -1);
    if (i >= 0 && i < this.report.groups.length) this.open(i);
    else if (this.node.open) this.node.close();
  }

  open(i, from) {
    const g = this.report.groups[i];
    this.from = from;
    this.body.replaceChildren(...this.content(g, i));
    if (!this.node.open) this.node.showModal();
    this.node.scrollTop = 0;
    state.set({ open: i });
  }

  closed() {
    state.set({ open: "" });
    if (this.from && this.from.isConnected) this.from.focus();
  }

  content(g, i) {
    const report = this.report, t = report.totals.memory_bytes;
    const suggestions = [...(this.helped.get(i) || [])].concat(report.suggestions.flatMap((s, k) => s.shares.length === 0 && s.pattern === g.pattern ? [k] : []));
    const go = (k) => () => {
      this.from = null;
      this.node.close();
      const item = document.getElementById("suggestion-" + k);
      item.querySelector("details").open = true;
      item.scrollIntoView({ block: "start" });
      item.focus({ preventScroll: true });
    };
    return [
      el("div", { class: "drawer-head" }, el("h2", { id: "drawer-title" }, named(g.pattern)), el("button", { type: "button", class: "close", onclick: () => this.node.close() }, "Close")),
      facts([
        ["type", g.type], ["role", g.role + (g.role_reason ? ": " + g.role_reason : "")],
        ["SCAN MATCH", g.match ? [named(g.match), " ", copyButton(g.match, "Copy the glob " + g.match)] : ""],
        ["memory", bytes(g.memory_bytes) + ", " + percent(g.memory_bytes, t) + " of all" + (g.error_bytes ? ", ± " + bytes(g.error_bytes) : "")],
        ["really allocated", bytes(g.resident_bytes)], ["keys", grouped(g.keys)], ["elements", grouped(g.elements)], ["average of a key", bytes(g.avg_bytes)],
        ["without a TTL", plural(g.keys_without_ttl, "key") + ", " + bytes(g.memory_without_ttl_bytes) + " (" + percent(g.memory_without_ttl_bytes, g.memory_bytes) + ")"],
        ["fields with a TTL", g.fields_with_ttl ? grouped(g.fields_with_ttl) + ", " + grouped(g.fields_expired) + " past it" : ""],
        ["example", named(g.example)],
      ]),
      plainTable("Sizes and elements of a key", ["", "#median", "#90 %", "#99 %", "#largest"], [
        ["memory", ...["p50", "p90", "p99", "max"].map((p) => bytes(g[p]))],
        ["elements", ...["elements_p50", "elements_p90", "elements_p99", "elements_max"].map((p) => grouped(g[p]))],
        ...(g.idle_memory_p50_seconds === null ? [] : [["idle, by byte", seconds(g.idle_memory_p50_seconds), seconds(g.idle_memory_p90_seconds), seconds(g.idle_memory_p99_seconds), "–"]]),
        ...(g.freq_memory_p50 === null ? [] : [["frequency, by byte", g.freq_memory_p50, g.freq_memory_p90, g.freq_memory_p99, "–"]]),
      ].map((row) => row.map(String))),
      g.cold_1d_bytes === null ? null : plainTable("Memory not used for longer than", ["1 day", "7 days", "30 days"], [[g.cold_1d_bytes, g.cold_7d_bytes, g.cold_30d_bytes].map((n) => bytes(n) + " (" + percent(n, g.memory_bytes) + ")")]),
      plainTable("Encodings", ["encoding", "#keys", "share"], Object.entries(g.encodings).sort((a, b) => b[1] - a[1]).map(([name, n]) => [name, grouped(n), share(n, g.keys)])),
      plainTable("What the bytes are", ["", "#memory", "share"], [["names of keys", g.key_name_bytes], ["contents", g.payload_bytes - g.key_name_bytes], ["structures of the server", g.overhead_bytes], ["rounding of the allocator", g.waste_bytes]].map(([name, n]) => [name, bytes(n), share(n, g.resident_bytes)])),
      el("h3", null, "Suggestions"),
      suggestions.length === 0 ? el("p", null, "None for these keys.") : el("ul", null, suggestions.map((k) => el("li", null, el("button", { type: "button", class: "link", onclick: go(k) }, report.suggestions[k].id + " ", named(report.suggestions[k].title)), report.suggestions[k].saves_bytes === null ? "" : " " + bytes(report.suggestions[k].saves_bytes)))),
    ].filter(Boolean);
  }
}

const keyColumns = (first) => {
  const memory = field("memory_bytes", "Memory", bytes), elements = field("num_elements", "Elements");
  return [{ id: "key", label: "Key", get: (k) => k.key, show: (k) => [named(k.key), k.key_bytes > 1024 ? " (" + grouped(k.key_bytes) + " bytes)" : ""] }, { id: "db", label: "DB", number: true, get: (k) => k.db }, word("type", "Type"), word("encoding", "Encoding"),
    ...(first === "memory_bytes" ? [memory, elements] : [elements, memory]), { id: "expiry", label: "Expires", get: (k) => k.expiry, show: (k) => k.expiry ? moment(k.expiry) : "never" }, { id: "pattern", label: "Pattern", get: (k) => k.pattern, show: (k) => named(k.pattern) }];
};
const keyMore = plain("size_in_bytes", "len_largest_element", "idle_seconds", "freq", "slot", "rdb_bytes", "exact", "error_bytes", "source");

// A page holds so many rows of a list of keys, whatever --top says.
const listMost = 1000;
const cut = (rows) => rows.length < listMost ? null : el("p", { class: "hint" }, "The first " + grouped(listMost) + "; -f json has what --top asks for.");

function biggest(report) {
  const table = (id, title, rows, by) => [el("h3", null, title), cut(rows), new Table({ id, caption: title, rows, sort: "-" + by, size: 10, text: (k) => k.key + " " + k.type + " " + k.pattern, columns: keyColumns(by), more: keyMore }).node];
  return section("biggest", "Big keys | Biggest keys", table("biggest", "By memory", report.biggest, "memory_bytes"), table("longest", "By elements", report.biggest_by_elements, "num_elements"));
}

function types(report) {
  const total = report.totals.memory_bytes;
  return section("types", "Types | Types and encodings", new Table({
    id: "types", caption: "Types and encodings", rows: report.by_type, sort: "-memory_bytes",
    columns: [word("type", "Type"), word("encoding", "Encoding"), { id: "db", label: "DB", number: true, get: (r) => r.db }, field("memory_bytes", "Memory", bytes),
      { id: "share", label: "Share", number: true, csv: false, get: (r) => r.memory_bytes, show: (r) => share(r.memory_bytes, total) }, field("keys", "Keys"), field("elements", "Elements"),
      { id: "no_ttl_share", label: "No TTL", number: true, csv: false, get: (r) => r.keys ? r.keys_without_ttl / r.keys : null, show: (r) => percent(r.keys_without_ttl, r.keys) },
      field("p50", "Median", bytes), field("p90", "90 %", bytes), field("p99", "99 %", bytes), field("max", "Largest", bytes)],
    more: plain("keys_without_ttl", "memory_without_ttl_bytes"),
  }).node);
}

// slots are shown where they matter: with several sources, or when a suggestion is about
// them; otherwise they are there to be opened.
function slots(report) {
  const s = report.slots, even = s.shards.every((x) => x.memory_skew < 1.2);
  const matters = s.sources !== null || report.suggestions.some((x) => /slot|shard|tag/.test(x.rule));
  if (s.used === 0) return null;
  const times = (n) => n.toFixed(2) + " ×";
  const content = [
    el("p", null, plural(s.used, "slot") + " of 16,384 have keys. On equal shards the largest would have, of the mean:"),
    s.sources ? el("p", null, "Of the " + s.sources.shards + " sources the largest has " + times(s.sources.memory_skew) + " the mean in memory, " + times(s.sources.keys_skew) + " in keys.") : null,
    plainTable("Spread over shards", ["shards", "#memory", "#keys", "#largest shard"], s.shards.map((x) => [String(x.shards), times(x.memory_skew), times(x.keys_skew), bytes(x.largest_memory_bytes)])),
    new Table({ id: "slots", caption: "Slots with most memory", rows: s.biggest, sort: "-memory_bytes", size: 10, columns: [{ id: "slot", label: "Slot", get: (x) => x.slot }, field("memory_bytes", "Memory", bytes),
      { id: "memory_share", label: "Share", number: true, get: (x) => x.memory_share, show: (x) => share(x.memory_bytes, report.totals.memory_bytes) }, field("keys", "Keys"), field("tagged_keys", "With a hash tag"),
      { id: "tags", label: "Tags", get: (x) => x.tags.map((t) => t.tag).join(" "), show: (x) => x.tags.map((t) => el("span", { class: "item" }, named(t.tag), (t.exact ? " " : " at most ") + bytes(t.memory_at_most_bytes))) }] }).node];
  return section("slots", "Slots | Hash slots of a cluster", matters ? content
    : el("details", null, el("summary", null, "How the keys would spread over a cluster" + (even ? ": evenly" : "")), content));
}

function distribution(report) {
  const points = (list, show) => list.map((p) => [p.percent === "100" ? "largest" : p.percent + " %", show(p.bytes)]);
  const parts = [plainTable("Memory of a key", ["keys", "#at most"], points(report.sizes, bytes))];
  const idle = report.idle;
  if (idle.recorded !== "") {
    const show = idle.recorded === "idle" ? seconds : (n) => String(n);
    parts.push(plainTable(idle.recorded === "idle" ? "Time since a key was used" : "Access frequency (LFU counter)", ["share", "#of keys", "#of bytes"],
      idle.percentiles.map((p, i) => [p.percent === "100" ? "largest" : p.percent + " %", show(p.bytes), idle.memory_percentiles[i] ? show(idle.memory_percentiles[i].bytes) : "–"])));
  }
  if (idle.cold.length > 0) parts.push(plainTable("Not used for longer than", ["", "#keys", "#memory", "share"], idle.cold.map((c) => [seconds(c.idle_seconds), grouped(c.keys), bytes(c.memory_bytes), share(c.memory_bytes, report.totals.memory_bytes)])));
  return section("sizes", "Sizes | Sizes and use", el("div", { class: "columns2" }, parts), idle.note ? el("p", { class: "hint" }, "Use is " + idle.note + ".") : null);
}

function health(report) {
  const t = report.totals, rows = [["keys and values, as allocated", t.resident_bytes], ["tables of the keys", t.keyspace_bytes], ["the server itself", t.baseline_bytes], ["= predicted used memory", t.predicted_used_memory_bytes], ["reported by the dump", t.reported_used_memory_bytes]];
  if (t.predicted_used_memory_bytes !== null && t.reported_used_memory_bytes !== null) rows.push(["reported less predicted", t.reported_used_memory_bytes - t.predicted_used_memory_bytes]);
  const contents = [["names of keys", t.key_name_bytes], ["contents", t.payload_bytes - t.key_name_bytes], ["structures of the server", t.resident_bytes - t.payload_bytes - t.waste_bytes], ["rounding of the allocator", t.waste_bytes]];
  const filters = Object.entries(report.filters).map(([name, v]) => [name.replace("_", " "), Array.isArray(v) ? v.join(", ") : String(v)]);
  return section("health", "Health | Health and reconciliation",
    el("div", { class: "columns2" },
      plainTable("Does it add up?", ["", "#memory", "#bytes"], rows.filter((r) => r[1] !== null).map(([name, n]) => [name, bytes(n), grouped(n)])),
      plainTable("What the bytes of keys and values are", ["", "#memory", "share"], contents.map(([name, n]) => [name, bytes(n), share(n, t.resident_bytes)]))),
    sourcesTable(report.sources),
    filters.length ? [el("h3", null, "Only these keys"), facts(filters)] : null,
    warningList(report.warnings),
    report.unknowable.length ? el("details", null, el("summary", null, "What a dump does not hold, and where a running server shows it"), el("ul", null, report.unknowable.map((u) => el("li", null, u)))) : null);
}

function sourcesTable(sources) {
  return new Table({
    id: "sources", caption: "Sources", rows: sources, sort: "", size: 25, text: sources.length > 25 ? (s) => s.name : null,
    columns: [{ id: "name", label: "Source", get: (s) => s.name, show: (s) => named(s.name) }, { id: "state", label: "State", get: (s) => s.error || s.checksum, show: (s) => s.error ? el("strong", null, "✗ ", named(s.error)) : "checksum " + s.checksum },
      word("server_version", "Server"), { id: "model", label: "Sized for", get: (s) => s.model.server, show: (s) => s.model.server + (s.model.allocator ? ", " + s.model.allocator : "") },
      { id: "ctime", label: "Saved", get: (s) => s.ctime, show: (s) => moment(s.ctime) }, field("bytes", "File", bytes), field("keys_counted", "Keys"), field("memory_bytes", "Memory", bytes), field("reported_used_memory_bytes", "Used memory", bytes)],
    more: plain("magic", "rdb_version", "keys"),
  }).node;
}

function warningList(warnings) {
  if (warnings.length === 0) return null;
  return [el("h3", null, "Warnings"), el("ul", null, warnings.map((w) => el("li", null, w.source ? [named(w.source), ": "] : "", named(w.text))))];
}
