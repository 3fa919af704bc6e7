// together adds up what some suggestions save, without counting a byte twice. It is the
// sum that rdblens makes of all of them: what each saves of each group, by the way in which
// it saves it, says what overlaps.
//
//   gone      keys that are deleted need no packing: the larger of the two counts
//   smaller   a value has one form: of several the one that saves most counts
//   name      a name that is a block of its own adds up with whatever becomes of the value
function together(report, ticked) {
  const groups = new Map();
  let single = 0, saves = false;
  for (const s of ticked) {
    if (s.saves_bytes !== null) { saves = true; single = Math.max(single, s.saves_bytes); }
    for (const share of s.shares) {
      let g = groups.get(share.group);
      if (!g) groups.set(share.group, g = {});
      const gain = g[share.gain] || (g[share.gain] = { bytes: 0, keys: 0, largest: 0 });
      gain.bytes += share.saves_bytes;
      gain.keys += share.keys;
      gain.largest = Math.max(gain.largest, share.saves_bytes);
    }
  }
  if (!saves) return 0;
  let total = 0;
  for (const [index, g] of groups) {
    const group = report.groups[index];
    const sum = (gain) => g[gain] ? g[gain].bytes : 0, largest = (gain) => g[gain] ? g[gain].largest : 0;
    let listpack = sum("listpack");
    if (g.listpack && g.listpack.keys > group.keys) listpack = largest("listpack");
    let packed = Math.max(sum("compress"), sum("intset"), sum("hash"), largest("reshape"), sum("copies"), listpack);
    packed = Math.max(packed + largest("name"), largest("name-inside"), sum("merged"));
    if (packed === 0) packed = listpack; // a limit may cost a group something
    const gone = largest("expire") + sum("expired");
    total += Math.min(gone > 0 ? Math.max(gone, packed) : packed, group.memory_bytes);
  }
  return Math.min(Math.max(total, single), report.totals.memory_bytes);
}

// advice is the list of suggestions with boxes to tick.
function advice(report) {
  const list = report.suggestions;
  const sum = el("p", { class: "sum", role: "status" });
  const boxes = list.map((s, i) => el("input", { type: "checkbox", id: "tick-" + i, disabled: s.saves_bytes === null, onchange: () => { remember(); add(); } }));
  const add = () => {
    const ticked = list.filter((s, i) => boxes[i].checked);
    sum.replaceChildren(ticked.length === 0
      ? "Tick what you would do: overlaps are counted once."
      : el("span", null, el("strong", null, bytes(together(report, ticked))), " of " + bytes(report.totals.memory_bytes) + " would be free at most, with " + plural(ticked.length, "suggestion") + " (" + percent(together(report, ticked), report.totals.memory_bytes) + ")"));
  };
  const remember = () => state.set({ tick: boxes.flatMap((b, i) => b.checked ? [i] : []).join(".") });
  const all = (checked) => () => { for (const b of boxes) if (!b.disabled) b.checked = checked; remember(); add(); };
  const read = () => {
    const ticked = new Set(state.get("tick", "").split("."));
    boxes.forEach((b, i) => { b.checked = !b.disabled && ticked.has(String(i)); });
    add();
  };
  state.listen(read);
  if (list.length === 0) return section("advice", "Advice | What would help", el("p", null, report.partial ? "No suggestions." : "Nothing to suggest."));
  const about = report.suggestions_together_save_bytes === null ? "None of them frees memory by itself."
    : "All of them together free at most " + bytes(report.suggestions_together_save_bytes) + " of " + bytes(report.totals.memory_bytes) + ".";
  return section("advice", "Advice | What would help",
    el("p", null, about + " Each has its commands, and what they risk."),
    el("div", { class: "controls sticky" }, sum, el("button", { type: "button", onclick: all(true) }, "Tick all"), el("button", { type: "button", onclick: all(false) }, "Tick none"),
      el("button", { type: "button", onclick: () => saveAdvice(list) }, "CSV", el("span", { class: "offscreen" }, " of the suggestions"))),
    el("ol", { class: "advice" }, list.map((s, i) => suggestion(s, i, boxes[i]))));
}

function saveAdvice(list) {
  const columns = ["id", "rule", "title", "pattern", "saves_bytes", "saves_used_memory_bytes", "basis", "risk", "keys"];
  const lines = [columns.join(",")].concat(list.map((s) => columns.map((c) => csvCell(s[c])).join(",")));
  download("rdblens-suggestions.csv", lines.join("\n") + "\n");
}

function suggestion(s, i, box) {
  const commands = s.action.join("\n");
  const evidence = Object.entries(s.evidence).map(([name, value]) => [name.replaceAll("_", " "), evidenceText(name, value)]);
  return el("li", { id: "suggestion-" + i, tabindex: "-1" },
    el("div", { class: "what" }, box, el("label", { for: "tick-" + i }, el("span", { class: "rule" }, s.id), " ", named(s.title))),
    el("p", { class: "saves" }, s.saves_bytes === null ? "no figure" : el("strong", null, bytes(s.saves_bytes)), s.saves_bytes === null ? "" : " " + s.basis),
    el("details", null, el("summary", null, s.action.some((a) => !a.startsWith("#")) ? "Commands, risk and evidence" : "How, risk and evidence", el("span", { class: "offscreen" }, " of " + s.id + " " + s.title)),
      s.action.length ? el("div", { class: "commands" }, copyButton(commands, "Copy the commands of " + s.id + ", " + s.title), el("pre", { tabindex: "0" }, el("code", null, commands))) : null,
      el("p", null, el("strong", null, "Risk: "), s.risk),
      facts(evidence)));
}

// evidenceText shows a figure by the unit that its name ends in.
function evidenceText(name, value) {
  if (Array.isArray(value)) return value.map((v) => evidenceText(name, v)).join(", ");
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  if (typeof value !== "number") return value === null ? "–" : named(String(value)).textContent;
  if (name.endsWith("_bytes")) return bytes(value) + (Math.abs(value) >= 1024 ? " (" + grouped(value) + ")" : "");
  if (name.endsWith("_seconds")) return seconds(value);
  return grouped(value);
}
