const HOUR = 3600, DAY = 86400;

// spans adds a timeline up to spans of a width, from the first of them on; what is kept
// wider than that is counted apart.
function spans(timeline, width, most) {
  const fine = timeline.filter((b) => b.width_seconds <= width);
  const out = { spans: [], later: 0, wider: timeline.filter((b) => b.width_seconds > width).reduce((n, b) => n + b.keys, 0) };
  if (fine.length === 0) return out;
  const start = Math.floor(Date.parse(fine[0].at) / 1000 / width) * width;
  for (const b of fine) {
    const i = Math.floor((Date.parse(b.at) / 1000 - start) / width);
    if (i >= most) { out.later += b.keys; continue; }
    while (out.spans.length <= i) out.spans.push({ at: new Date((start + out.spans.length * width) * 1000).toISOString(), keys: 0, memory_bytes: 0 });
    out.spans[i].keys += b.keys;
    out.spans[i].memory_bytes += b.memory_bytes;
  }
  return out;
}

// expiry is when keys go: the spans from now on, the timeline, and the storms.
function expiry(report) {
  const e = report.expiry, total = report.totals.memory_bytes;
  const parts = [];
  parts.push(plainTable("What expires when, from the clock of each source", ["when", "#keys", "#memory", "share of memory"],
    e.buckets.map((b) => [bucketText(b.label), grouped(b.keys), bytes(b.memory_bytes), share(b.memory_bytes, total)])));
  if (e.timeline.length > 0) parts.push(timeline(e));
  parts.push(storms(e.storms));
  if (e.fields.fields > 0) {
    parts.push(el("p", null, plural(e.fields.fields, "field") + " of " + grouped(e.fields.hashes) + " hashes expire by themselves, " + grouped(e.fields.expired) + " of them are past their TTL."));
  }
  return section("expiry", "Expiry | When keys expire", parts);
}

const bucketText = (label) => ({ past: "past their TTL", never: "never", unknown: "not known: no clock", later: "later" })[label] || "within " + label.slice(1).replace(/^(\d+)/, "$1 ");

function timeline(e) {
  const chart = el("div", { class: "chart" });
  const unit = select("by", [["hours", "hours"], ["days", "days"]], "hours", (v) => { state.set({ span: v === "hours" ? "" : v }); draw(); });
  const what = select("count", [["keys", "keys"], ["memory_bytes", "memory"]], "keys", (v) => { state.set({ count: v === "keys" ? "" : v }); draw(); });
  const draw = () => {
    const hours = unit.box.value === "hours", width = hours ? HOUR : DAY;
    const shown = spans(e.timeline, width, hours ? 72 : 90), id = what.box.value, show = id === "keys" ? (n) => plural(n, "key") : bytes;
    const most = Math.max(1, ...shown.spans.map((s) => s[id]));
    const isStorm = (s) => e.storms.some((x) => Date.parse(x.at) < Date.parse(s.at) + width * 1000 && Date.parse(x.at) + x.width_seconds * 1000 > Date.parse(s.at));
    const bars = shown.spans.map((s) => {
      const storm = isStorm(s);
      const bar = el("div", { class: storm ? "column storm" : "column", title: moment(s.at) + ": " + show(s[id]) + (storm ? ", a storm" : "") }, storm ? el("span", null, "▲") : null);
      const fill = el("i");
      fill.style.height = (100 * s[id] / most).toFixed(2) + "%";
      bar.append(fill);
      return bar;
    });
    const peak = shown.spans.find((s) => s[id] === most);
    const label = "What expires by " + (hours ? "hour" : "day") + (shown.spans.length ? ", from " + moment(shown.spans[0].at) + " to " + moment(shown.spans.at(-1).at) : "") + (peak ? "; most at " + moment(peak.at) + ", " + show(most) : "");
    const rest = [shown.later ? grouped(shown.later) + " keys expire later than shown" : "", shown.wider ? grouped(shown.wider) + " keys are known to a wider span only" : ""].filter(Boolean).join(", ");
    const axis = [0, 0.25, 0.5, 0.75].map((q) => shown.spans[Math.floor(q * shown.spans.length)]).concat(shown.spans.at(-1)).filter(Boolean);
    chart.replaceChildren(
      el("div", { class: "scale", "aria-hidden": "true" }, el("span", null, show(most)), el("span", null, "▲ storm")),
      el("div", { class: "columns", role: "img", "aria-label": label }, bars),
      el("div", { class: "axis", "aria-hidden": "true" }, axis.map((s) => el("span", null, hours ? s.at.slice(5, 10) + " " + s.at.slice(11, 16) : s.at.slice(0, 10)))),
      rest ? el("p", { class: "hint" }, rest + ".") : "");
  };
  const read = () => { unit.box.value = state.get("span", "hours") === "days" ? "days" : "hours"; what.box.value = state.get("count", "keys") === "keys" ? "keys" : "memory_bytes"; draw(); };
  state.listen(read);
  const save = () => download("rdblens-timeline.csv", ["at,width_seconds,keys,memory_bytes"].concat(e.timeline.map((b) => [b.at, b.width_seconds, b.keys, b.memory_bytes].join(","))).join("\n") + "\n");
  return el("div", { class: "timeline" }, el("h3", null, "Timeline (UTC)"), el("div", { class: "controls" }, unit.node, what.node, el("button", { type: "button", onclick: save }, "CSV", el("span", { class: "offscreen" }, " of the timeline"))), chart);
}

function storms(list) {
  if (list.length === 0) return el("p", null, "No storm: at no minute expire far more keys than around it.");
  return plainTable("Storms: minutes in which far more keys expire than around them", ["at", "#for", "#keys", "#memory", "mostly"],
    list.map((s) => [moment(s.at), seconds(s.width_seconds), grouped(s.keys), bytes(s.memory_bytes), s.top_patterns.map((p, i) => el("span", { class: "item" }, named(p), " " + percent(s.top_shares[i], 1)))]));
}
