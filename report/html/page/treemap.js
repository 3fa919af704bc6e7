// The map of patterns: rectangles as large as what the keys take, by the first tokens of
// their names, two levels at a time.

// squarify lays items out in a rectangle: rows along the shorter side, as long as their
// tiles get no thinner (Bruls, Huizing and van Wijk, 2000). place is called with each
// item and its rectangle.
function squarify(items, x, y, w, h, place) {
  const total = items.reduce((sum, item) => sum + item.value, 0);
  if (!(total > 0) || w <= 0 || h <= 0) return;
  const scale = w * h / total;
  for (let i = 0; i < items.length;) {
    const short = Math.min(w, h), largest = items[i].value * scale;
    let j = i, area = 0, best = Infinity;
    for (; j < items.length; j++) {
      const a = items[j].value * scale, t = area + a;
      const worst = Math.max(short * short * largest / (t * t), t * t / (short * short * a));
      if (worst > best) break;
      best = worst;
      area = t;
    }
    const thick = area / short;
    let along = 0;
    for (let k = i; k < j; k++) {
      const long = items[k].value * scale / thick;
      if (w >= h) place(items[k], x, y + along, thick, long);
      else place(items[k], x + along, y, long, thick);
      along += long;
    }
    if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
    i = j;
  }
}

// treeOf makes a tree of the rows in preorder.
function treeOf(rows) {
  const root = { row: null, index: -1, name: "all keys", value: 0, children: [], parent: null };
  const path = [root];
  rows.forEach((row, index) => {
    const depth = Math.min(row.depth, path.length);
    const parent = path[depth - 1];
    let name = row.kind === "keys" ? row.prefix + " itself" : row.kind === "other" ? grouped(row.patterns) + " smaller patterns" : row.prefix;
    if (row.kind === "prefix" && parent.row && name.startsWith(parent.row.prefix) && name.length > parent.row.prefix.length) {
      name = name.slice(parent.row.prefix.length);
    }
    const node = { row, index, name, value: row.memory_bytes, children: [], parent };
    parent.children.push(node);
    path.length = depth;
    path.push(node);
  });
  for (const child of root.children) root.value += child.value;
  const sort = (node) => { node.children = node.children.filter((c) => c.value > 0).sort((a, b) => (a.row.kind === "other") - (b.row.kind === "other") || b.value - a.value); node.children.forEach(sort); };
  sort(root);
  return root;
}

// Ways to colour a tile: a class for the rectangle, and words for the legend and the
// tile, so that nothing is told by colour alone.
const idleSteps = [[3600, "under 1 h"], [86400, "under 1 d"], [7 * 86400, "under 7 d"], [30 * 86400, "under 30 d"], [Infinity, "30 d and more"]];
const colours = {
  ttl: {
    label: "share without a TTL",
    of: (r) => "q" + (r.memory_bytes > 0 ? Math.min(4, Math.floor(5 * r.memory_without_ttl_bytes / r.memory_bytes)) : 0),
    words: (r) => percent(r.memory_without_ttl_bytes, r.memory_bytes) + " without a TTL",
    legend: () => [["q0", "0–20 %"], ["q1", "20–40 %"], ["q2", "40–60 %"], ["q3", "60–80 %"], ["q4", "80–100 % of the memory never expires"]],
  },
  type: {
    label: "type",
    of: (r) => "t-" + (["string", "hash", "list", "set", "zset", "stream", MIXED].includes(r.type) ? r.type : "other"),
    words: (r) => r.type,
    legend: (rows) => [...new Set(rows.map((r) => r.type))].sort().map((type) => [colours.type.of({ type }), type]),
  },
  idle: {
    label: "idle time",
    of: (r) => r.idle_memory_p50_seconds === null ? "t-mixed" : "q" + idleSteps.findIndex(([end]) => r.idle_memory_p50_seconds < end),
    words: (r) => r.idle_memory_p50_seconds === null ? "idle time not recorded" : "idle " + seconds(r.idle_memory_p50_seconds),
    legend: () => idleSteps.map(([, text], i) => ["q" + i, text]).concat([["t-mixed", "not recorded"]]),
  },
};

class Treemap {
  constructor(rows, total, showKeys) {
    this.rows = rows;
    this.total = total;
    this.showKeys = showKeys; // of a prefix without further levels
    this.root = treeOf(rows);
    this.nodes = [];
    const walk = (node) => { this.nodes[node.index] = node; node.children.forEach(walk); };
    this.root.children.forEach(walk);
    this.path = el("nav", { class: "path", "aria-label": "Place in the map" });
    this.box = el("div", { class: "map", role: "group", "aria-label": "Map of patterns by memory", onkeydown: (event) => this.keys(event) });
    this.legend = el("ul", { class: "legend", "aria-label": "Colours" });
    const colour = select("Colour by", Object.entries(colours).map(([id, c]) => [id, c.label]), "ttl", (by) => { state.set({ colour: by === "ttl" ? "" : by }); this.draw(); });
    this.colour = colour.box;
    this.node = el("div", null, el("div", { class: "controls" }, colour.node, this.path), this.box, this.legend,
      el("p", { class: "hint" }, "A tile opens what is below it; arrow keys go from tile to tile, Enter opens, Escape goes up."));
    this.width = 0;
    new ResizeObserver(() => { if (this.at && Math.abs(this.box.clientWidth - this.width) > 1) this.draw(); }).observe(this.box);
    state.listen(() => this.read());
  }

  read() {
    this.at = this.nodes[state.number("map", -1)] || this.root;
    if (this.at.children.length === 0) this.at = this.at.parent || this.root;
    this.colour.value = state.get("colour", "ttl");
    if (this.colour.selectedIndex < 0) this.colour.selectedIndex = 0;
    this.draw();
  }

  // open zooms to a node, or shows the groups of one that has nothing below it.
  open(node) {
    if (node.children.length === 0) {
      if (node.row) this.showKeys(node.row);
      return;
    }
    while (node.children.length === 1 && node.children[0].children.length > 0) node = node.children[0];
    this.zoom(node);
  }

  zoom(node) {
    this.at = node;
    state.set({ map: node === this.root ? "" : node.index });
    this.draw();
    const first = this.box.querySelector(".tile");
    if (first) first.focus({ preventScroll: true });
    say(node.row ? node.row.prefix + ", " + bytes(node.value) : "All keys");
  }

  up() {
    let node = this.at.parent;
    while (node && node.parent && node.children.length === 1) node = node.parent;
    if (node) this.zoom(node);
  }

  keys(event) {
    const tiles = [...this.box.querySelectorAll(".tile")], i = tiles.indexOf(document.activeElement);
    const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: tiles.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Backspace") this.up();
    else if (to !== undefined && tiles[to]) {
      tiles.forEach((t) => t.setAttribute("tabindex", "-1"));
      tiles[to].setAttribute("tabindex", "0");
      tiles[to].focus();
    } else return;
    event.preventDefault();
  }

  draw() {
    const way = colours[this.colour.value] || colours.ttl;
    const w = this.width = this.box.clientWidth || 960, h = Math.max(260, Math.min(460, w * 0.5));
    this.box.style.height = h + "px";
    const tiles = [];
    squarify(this.at.children, 0, 0, w, h, (node, x, y, tw, th) => tiles.push(this.tile(node, x, y, tw, th, way)));
    this.box.replaceChildren(...tiles);
    if (tiles[0]) tiles[0].setAttribute("tabindex", "0");
    else this.box.append(el("p", { class: "none" }, "There are no keys."));
    this.drawPath();
    this.legend.replaceChildren(...way.legend(this.rows).map(([colour, text]) => el("li", null, el("span", { class: "swatch " + colour, "aria-hidden": "true" }), text)));
  }

  tile(node, x, y, w, h, way) {
    const label = (node.row.kind === "prefix" ? node.row.prefix : node.name) + ": " + bytes(node.value) + ", " + percent(node.value, this.total) + ", " + plural(node.row.keys, "key") + ", " + way.words(node.row);
    let below = node; // the first prefix that has several
    while (below.children.length === 1) below = below.children[0];
    const inside = below.children.length > 1 && w > 90 && h > 64;
    const tile = el("button", { type: "button", class: "tile " + (inside ? "parent" : way.of(node.row)), tabindex: "-1", title: label, "data-row": node.index, onclick: () => this.open(node) });
    place(tile, x, y, w, h);
    tile.append(el("span", { class: "offscreen" }, label));
    if (w > 44 && h > 18) tile.append(el("span", { class: "label", "aria-hidden": "true" }, named(node.name), w > 130 || h > 34 ? el("span", { class: "size" }, bytes(node.value)) : null));
    if (!inside && w > 90 && h > 64) tile.append(el("span", { class: "words", "aria-hidden": "true" }, way.words(node.row)));
    if (inside) {
      squarify(below.children, 2, 20, w - 6, h - 24, (child, cx, cy, cw, ch) => {
        const text = child.row.prefix.startsWith(node.row.prefix) && child.row.kind === "prefix" ? child.row.prefix.slice(node.row.prefix.length) : child.name;
        const part = el("span", { class: "part " + way.of(child.row), "aria-hidden": "true" });
        place(part, cx, cy, cw, ch);
        if (cw > 56 && ch > 17) part.append(el("span", { class: "label" }, named(text), cw > 110 || ch > 34 ? el("span", { class: "size" }, bytes(child.value)) : null));
        tile.append(part);
      });
    }
    return tile;
  }

  drawPath() {
    const path = [];
    for (let node = this.at; node; node = node.parent) path.unshift(node);
    this.path.replaceChildren(...path.flatMap((node, i) => {
      const text = node.row ? named(node.row.prefix) : "all keys";
      const last = i === path.length - 1;
      return [i > 0 ? el("span", { "aria-hidden": "true" }, " › ") : null,
        last ? el("span", { "aria-current": "true" }, text, " " + bytes(node.value)) : el("button", { type: "button", class: "link", onclick: () => this.zoom(node) }, text)];
    }).filter(Boolean));
  }
}

// place puts an element somewhere in its container.
function place(node, x, y, w, h) {
  node.style.left = x.toFixed(1) + "px";
  node.style.top = y.toFixed(1) + "px";
  node.style.width = Math.max(1, w).toFixed(1) + "px";
  node.style.height = Math.max(1, h).toFixed(1) + "px";
}
