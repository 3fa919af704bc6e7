// rowsOf puts the rows of a table together that is kept by columns, in blocks of rows, with
// the columns that follow from others.
function rowsOf(table) {
  const rows = [];
  for (const block of table.blocks) {
    for (let i = 0; i < block[0].length; i++) {
      const row = {};
      table.columns.forEach((name, k) => { row[name] = block[k][i]; });
      row.avg_bytes = row.keys > 0 ? Math.floor((row.memory_bytes + Math.floor(row.keys / 2)) / row.keys) : 0;
      row.overhead_bytes = Math.max(0, row.resident_bytes - row.payload_bytes - row.waste_bytes);
      rows.push(row);
    }
  }
  return rows;
}

// data reads the JSON of the page: as it is, or packed by gzip where it is large.
async function data() {
  const block = document.getElementById("data");
  if (block.dataset.packed === undefined) return JSON.parse(block.textContent);
  const packed = Uint8Array.from(atob(block.textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function build(result) {
  switch (result.schema) {
    case "rdblens.report/1":
      result.groups = rowsOf(result.groups);
      return buildReport(result);
    case "rdblens.diff/1":
      return buildDiff(result);
    case "rdblens.trend/1":
      return buildTrend(result);
    case "rdblens.whatif/1":
      return buildWhatIf(result);
  }
  throw new Error("unknown schema " + result.schema);
}

// contents lists the sections of the page. Its links leave the fragment alone.
function contents(main) {
  const links = [...main.querySelectorAll("section[aria-labelledby]")].map((s) => el("li", null, el("a", {
    href: "#" + s.id, onclick: (event) => { event.preventDefault(); focusSection(s.id); },
  }, s.dataset.short)));
  return el("ul", null, links);
}

async function start() {
  const main = document.getElementById("main");
  try {
    const result = await data();
    state.read();
    main.replaceChildren(...build(result).flat(2).filter(Boolean));
    document.getElementById("contents").replaceChildren(contents(main));
    document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
    state.apply();
    window.addEventListener("hashchange", () => { if (state.read()) state.apply(); });
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  } catch (error) {
    main.replaceChildren(el("p", { class: "banner", role: "alert" }, "This page could not be built: " + error.message));
    throw error;
  }
}

start();
