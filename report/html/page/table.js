// Table is a table that sorts, filters, pages and can be saved as CSV. Only the rows of
// one page are in the document, whatever their number.
//
// A column is {id, label, get: row → number, text or null, show: row → node or text,
// number: right-aligned, csv: false to leave it out of the file}.
class Table {
  constructor(options) {
    Object.assign(this, { size: 25, choices: [], sort: "", note: "" }, options);
    this.values = new Map(); // of a column, by its id
    this.search = null; // lower-case text of each row
    this.order = [];
    this.build();
    state.listen(() => this.read());
  }

  key(name) { return this.id + "." + name; }

  build() {
    this.count = el("span", { class: "count", role: "status" });
    this.query = el("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: () => this.changed() });
    this.boxes = this.choices.map((c) => {
      const s = select(c.label, [["", "all"], ...c.options], "", () => this.changed());
      return { ...c, ...s };
    });
    this.head = el("tr");
    this.body = el("tbody");
    this.pages = el("div", { class: "pages" });
    this.node = el("div", { class: "table" },
      el("div", { class: "controls" },
        this.text ? el("label", { class: "field" }, "Filter ", this.query) : null,
        this.boxes.map((b) => b.node), this.count,
        el("button", { type: "button", onclick: () => this.save() }, "CSV", el("span", { class: "offscreen" }, " of " + this.caption))),
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": this.caption + ", table" },
        el("table", null, el("caption", { class: "offscreen" }, this.caption), el("thead", null, this.head), this.body)),
      this.pages);
    this.buildHead();
    this.buildPages();
  }

  buildHead() {
    this.heads = this.columns.map((c) => {
      const button = el("button", { type: "button", onclick: () => this.sortBy(c.id) }, c.label, el("span", { class: "arrow", "aria-hidden": "true" }));
      const th = el("th", { scope: "col", class: c.number ? "number" : null }, c.get ? button : c.label);
      this.head.append(th);
      return th;
    });
  }

  buildPages() {
    const go = (to) => () => { this.page = to(); this.fill(); this.remember(); };
    const last = () => Math.max(0, Math.ceil(this.order.length / this.size) - 1);
    const button = (label, text, to) => el("button", { type: "button", "aria-label": label, onclick: go(to) }, text);
    this.first = button("First page", "«", () => 0);
    this.back = button("Page before", "‹", () => Math.max(0, this.page - 1));
    this.next = button("Next page", "›", () => Math.min(last(), this.page + 1));
    this.last = button("Last page", "»", last);
    this.place = el("span");
    this.pages.append(this.first, this.back, this.place, this.next, this.last);
  }

  // read takes over what the fragment says.
  read() {
    this.query.value = state.get(this.key("q"), "");
    for (const b of this.boxes) {
      b.box.value = state.get(this.key(b.id), "");
      if (b.box.selectedIndex < 0) b.box.selectedIndex = 0;
    }
    this.by = state.get(this.key("sort"), this.sort);
    this.page = state.number(this.key("page"), 1) - 1;
    this.arrange();
  }

  remember() {
    const changes = {
      [this.key("q")]: this.query.value, [this.key("sort")]: this.by === this.sort ? "" : this.by,
      [this.key("page")]: this.page > 0 ? this.page + 1 : "",
    };
    for (const b of this.boxes) changes[this.key(b.id)] = b.box.value;
    state.set(changes);
  }

  changed() {
    this.page = 0;
    this.arrange();
    this.remember();
  }

  sortBy(id) {
    const column = this.columns.find((c) => c.id === id);
    const first = column.number ? "-" : "";
    if (this.by === first + id) this.by = (first ? "" : "-") + id;
    else this.by = first + id;
    this.changed();
  }

  // column returns the values of a column, which are looked up once.
  column(id) {
    let values = this.values.get(id);
    if (!values) {
      const c = this.columns.find((x) => x.id === id && x.get);
      if (!c) return null;
      values = this.rows.map(c.get);
      this.values.set(id, values);
    }
    return values;
  }

  // arrange filters and sorts.
  arrange() {
    const words = this.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length > 0 && !this.search) this.search = this.rows.map((row) => this.text(row).toLowerCase());
    const active = this.boxes.filter((b) => b.box.value !== "");
    const order = [];
    for (let i = 0; i < this.rows.length; i++) {
      if (words.every((w) => this.search[i].includes(w)) && active.every((b) => b.test(this.rows[i], b.box.value))) order.push(i);
    }
    const down = this.by.startsWith("-");
    const values = this.column(down ? this.by.slice(1) : this.by);
    if (values) {
      const sign = down ? -1 : 1;
      order.sort((a, b) => {
        const x = values[a], y = values[b];
        if (x === y) return a - b;
        if (x === null || x === undefined) return 1; // what is not known comes last
        if (y === null || y === undefined) return -1;
        return x < y ? -sign : sign;
      });
    }
    this.order = order;
    this.fill();
  }

  fill() {
    const pages = Math.max(1, Math.ceil(this.order.length / this.size));
    this.page = Math.min(Math.max(0, this.page), pages - 1);
    const from = this.page * this.size, shown = this.order.slice(from, from + this.size);
    this.body.replaceChildren(...shown.map((i) => this.row(i)));
    if (shown.length === 0) this.body.append(el("tr", null, el("td", { colspan: this.columns.length, class: "none" }, "No rows.")));
    this.count.textContent = this.order.length === this.rows.length ? plural(this.rows.length, "row") : grouped(this.order.length) + " of " + plural(this.rows.length, "row");
    this.place.textContent = shown.length ? grouped(from + 1) + "–" + grouped(from + shown.length) + " of " + grouped(this.order.length) : "0 of 0";
    this.pages.hidden = pages === 1;
    this.first.disabled = this.back.disabled = this.page === 0;
    this.last.disabled = this.next.disabled = this.page === pages - 1;
    this.columns.forEach((c, i) => {
      const up = this.by === c.id, down = this.by === "-" + c.id;
      if (up || down) this.heads[i].setAttribute("aria-sort", up ? "ascending" : "descending");
      else this.heads[i].removeAttribute("aria-sort");
    });
  }

  row(i) {
    const row = this.rows[i];
    return el("tr", null, this.columns.map((c, k) => {
      const shown = c.show ? c.show(row, i) : c.get(row);
      return el(k === 0 ? "th" : "td", { class: c.number ? "number" : null, scope: k === 0 ? "row" : null }, shown === null || shown === undefined ? "–" : shown instanceof Node || Array.isArray(shown) ? shown : String(shown));
    }));
  }

  // save writes every row that the filter leaves, in the order shown, with exact figures.
  save() {
    const columns = this.columns.filter((c) => c.get && c.csv !== false).concat(this.more || []);
    const lines = [columns.map((c) => csvCell(c.id)).join(",")];
    for (const i of this.order) lines.push(columns.map((c) => csvCell(c.get(this.rows[i]))).join(","));
    download("rdblens-" + this.id + ".csv", lines.join("\n") + "\n");
  }
}

// field is a column of a figure that stands in the JSON under its id.
const field = (id, label, show) => ({ id, label, number: true, get: (row) => row[id], show: show ? (row) => show(row[id]) : (row) => row[id] === null || row[id] === undefined ? null : grouped(row[id]) });
// word is a column of a text that stands in the JSON under its id.
const word = (id, label) => ({ id, label, get: (row) => row[id] });
// plain columns are only in the file.
const plain = (...ids) => ids.map((id) => ({ id, get: (row) => row[id] }));

// choicesOf returns the values that a field takes, for a select.
const choicesOf = (rows, id) => [...new Set(rows.map((row) => row[id]))].sort().map((v) => [v, v]);
