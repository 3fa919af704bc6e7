// Drives Chromium through the HTML pages that its standard input names, and prints what it
// finds: a JSON list of {name, ok, got}. The network is cut off and every request logged.
import { readFileSync, writeFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const input = JSON.parse(readFileSync(0, "utf8"));
const results = [];
const check = (name, ok, got) => results.push({ name, ok: Boolean(ok), got: String(got).slice(0, 2000) });
const tries = 5; // of what is timed: the best counts, the machine may be busy

const browser = await puppeteer.launch({
  executablePath: input.chromium,
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
});

// open loads a page; what it asks for and says is kept in page.asked and page.said.
async function open(file, { width = 1280, height = 900, scheme = "light", hash = "", bypass = false } = {}) {
  const page = await browser.newPage();
  page.asked = [];
  page.said = [];
  page.on("console", (m) => page.said.push(m.type() + ": " + m.text()));
  page.on("pageerror", (e) => page.said.push("error: " + e.message));
  if (bypass) await page.setBypassCSP(true); // for axe, which is put into the page
  await page.setRequestInterception(true);
  const url = pathToFileURL(file).href;
  page.on("request", (r) => {
    if (r.url().split("#")[0] === url || r.url().startsWith("blob:")) return r.continue();
    // In a frame that the policy refuses Chromium shows a page of its own, whose pictures
    // are in it: nothing is asked of anybody.
    if (r.url().startsWith("data:") && r.frame() !== page.mainFrame()) return r.continue();
    page.asked.push(r.url());
    return r.abort();
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(url + hash);
  await page.waitForFunction("document.documentElement.dataset.ready !== undefined || document.querySelector('[role=alert]')", { timeout: 60000 });
  return page;
}

const text = (page, selector) => page.$eval(selector, (n) => n.textContent);
const firstRows = (page) => page.$$eval("#groups tbody tr", (rows) => rows.slice(0, 3).map((r) => r.textContent));

// timed runs an action in the page and returns the milliseconds until it is laid out, the
// least of some tries.
const timed = (page, action, argument) => page.evaluate((source, argument, tries) => {
  const act = new Function("i", "argument", source); // in the page: allowed only where CSP is bypassed
  let best = Infinity;
  for (let i = 0; i < tries; i++) {
    const start = performance.now();
    act(i, argument);
    void document.body.offsetHeight;
    best = Math.min(best, performance.now() - start);
  }
  return best;
}, action, argument, tries);

async function many() {
  let best = Infinity, page;
  for (let i = 0; i < 3 * tries && !(i >= 1 && best < 1000); i++) {
    if (page) await page.close();
    page = await open(input.pages.many);
    best = Math.min(best, Number(await page.evaluate("document.documentElement.dataset.ready")));
  }
  check("10,000 groups open within a second", best < 1000, best + " ms");
  check("all groups are there", (await text(page, "#groups .count")) === "10,000 rows", await text(page, "#groups .count"));
  const silent = () => page.said.join("; ");

  await page.close();
  page = await open(input.pages.many, { bypass: true });
  const sort = await timed(page, "document.querySelectorAll('#groups thead button')[i % 2 ? 0 : 3].click()");
  check("10,000 groups sort within 200 ms", sort < 200, sort + " ms");
  const filter = await timed(page, "const q = document.querySelector('#groups input'); q.value = ['a', 'ba', 'profile', 'x:y', ''][i]; q.dispatchEvent(new Event('input'))");
  check("10,000 groups filter within 200 ms", filter < 200, filter + " ms");

  await page.close();
  page = await open(input.pages.many);
  const header = (await page.$$("#groups thead button"))[3];
  await header.click();
  const keys = await page.$$eval("#groups tbody tr", (rows) => rows.map((r) => Number(r.children[3].textContent.replaceAll(",", ""))));
  check("sorted by keys, the most first", keys.length === 25 && keys.every((k, i) => i === 0 || k <= keys[i - 1]), keys);
  check("the order is told", (await page.$$eval("#groups th[aria-sort]", (h) => h.map((x) => x.textContent + " " + x.getAttribute("aria-sort")))).join() === "Keys descending", "aria-sort");
  await page.type("#groups input", "profile");
  const names = await page.$$eval("#groups tbody th", (cells) => cells.map((c) => c.textContent));
  check("filtered by name", names.length === 25 && names.every((n) => n.includes("profile")), names[0]);
  check("the rest is counted", / of 10,000 rows$/.test(await text(page, "#groups .count")), await text(page, "#groups .count"));
  await page.click("#groups .pages button[aria-label='Next page']");
  check("the second page", (await text(page, "#groups .pages span")).startsWith("26–50"), await text(page, "#groups .pages span"));
  await new Promise((r) => setTimeout(r, 300));
  const hash = await page.evaluate("location.hash"), rows = await firstRows(page);
  check("the fragment has the view", /groups\.q=profile/.test(hash) && /groups\.sort=-keys/.test(hash) && /groups\.page=2/.test(hash), hash);
  const again = await open(input.pages.many, { hash });
  check("the fragment brings the view back", JSON.stringify(await firstRows(again)) === JSON.stringify(rows), (await firstRows(again))[0]);
  await again.close();
  await csv(page);
  await map(page);
  check("no request but for the page", page.asked.length === 0, page.asked);
  check("nothing on the console", page.said.length === 0, silent());
  await page.close();
}

async function csv(page) {
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: input.downloads });
  const total = await page.evaluate(async () => (await data()).totals);
  await page.$eval("#groups input", (q) => { q.value = ""; q.dispatchEvent(new Event("input")); });
  await page.evaluate(() => [...document.querySelectorAll("#groups .controls button")].at(-1).click());
  let lines = [];
  for (let i = 0; i < 100 && lines.length === 0; i++) {
    await new Promise((r) => setTimeout(r, 100));
    const file = readdirSync(input.downloads).find((f) => f === "rdblens-groups.csv");
    if (file) lines = readFileSync(join(input.downloads, file), "utf8").trimEnd().split("\n");
  }
  const column = lines.length ? lines[0].split(",").indexOf("memory_bytes") : -1;
  // No name of this dump has a comma or a quotation mark.
  const sum = lines.slice(1).reduce((n, l) => n + Number(l.split(",")[column]), 0);
  check("CSV has every group and adds up", lines.length === 10001 && sum === total.memory_bytes, lines.length + " lines, " + sum + " of " + total.memory_bytes);
}

async function map(page) {
  const tiles = () => page.$$eval("#map .tile", (t) => t.map((x) => x.getAttribute("data-row")));
  const before = await tiles();
  const area = await page.$$eval("#map .tile", (t) => t.reduce((sum, x) => sum + x.offsetWidth * x.offsetHeight, 0) / (t[0].parentNode.clientWidth * t[0].parentNode.clientHeight));
  check("the tiles fill the map", before.length > 10 && area > 0.97 && area < 1.06, before.length + " tiles, " + area);
  await page.focus("#map .tile[tabindex='0']");
  await page.keyboard.press("ArrowRight");
  const second = await page.evaluate("document.activeElement.getAttribute('data-row')");
  check("arrow keys go from tile to tile", second === before[1], second + " of " + before.slice(0, 2));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  const inside = await tiles();
  await new Promise((r) => setTimeout(r, 300));
  check("Enter opens a tile", inside.length > 0 && inside.join() !== before.join() && /map=\d+/.test(await page.evaluate("location.hash")), inside.slice(0, 5));
  await page.keyboard.press("Escape");
  check("Escape goes up", (await tiles()).join() === before.join(), (await tiles()).slice(0, 5));
  await page.select("#map select", "type");
  check("tiles are coloured by type", await page.$$eval("#map .tile, #map .part", (t) => t.some((x) => /t-(string|hash)/.test(x.className))), "classes");
}

async function demo() {
  const page = await open(input.pages.demo);
  // The drawer.
  await page.click("#groups tbody button.link");
  const drawer = await text(page, "dialog");
  const parts = ["SCAN MATCH", "Sizes and elements", "Encodings", "without a TTL", "example", "Suggestions"];
  check("the drawer has everything", parts.every((p) => drawer.includes(p)), parts.filter((p) => !drawer.includes(p)));
  check("the drawer is a dialog with the focus in it", await page.evaluate("document.querySelector('dialog').open && document.querySelector('dialog').contains(document.activeElement)"), "focus");
  await page.keyboard.press("Escape");
  check("Escape closes the drawer and the focus goes back", await page.evaluate("!document.querySelector('dialog').open && document.activeElement.closest('#groups') !== null"), "focus");
  // Copying.
  const match = await page.$eval("#groups tbody button.small", (b) => b.getAttribute("aria-label").replace("Copy the glob ", ""));
  await page.click("#groups tbody button.small");
  await page.waitForFunction("document.getElementById('status').textContent !== ''");
  check("a pattern's match is copied", (await text(page, "#status")) === "Copied " + match, await text(page, "#status"));
  // The boxes.
  const sums = await page.evaluate(async () => {
    const report = await data();
    report.groups = rowsOf(report.groups);
    const list = report.suggestions.filter((s) => s.saves_bytes !== null), total = report.suggestions_together_save_bytes;
    const bad = [];
    let seed = 1;
    const random = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
    for (let i = 0; i < 300; i++) {
      const some = list.filter(() => random() < 0.4), sum = together(report, some), plain = some.reduce((n, s) => n + s.saves_bytes, 0);
      if (sum > total || sum > plain || some.some((s) => s.saves_bytes > sum)) bad.push([sum, plain, total]);
    }
    return { all: together(report, report.suggestions), total, list: list.length, bad, single: list.every((s) => together(report, [s]) === s.saves_bytes) };
  });
  check("all boxes are what rdblens says of all", sums.all === sums.total && sums.list > 10, sums.all + " of " + sums.total);
  check("no choice is more than together, or than its parts", sums.bad.length === 0, JSON.stringify(sums.bad.slice(0, 3)));
  check("one box is what it saves", sums.single, "single");
  await page.click("#advice .controls button");
  check("ticking all says the sum", (await text(page, "#advice .sum")).startsWith(await page.evaluate((n) => bytes(n), sums.total)), await text(page, "#advice .sum"));
  await page.click("#tick-0");
  await new Promise((r) => setTimeout(r, 300));
  const hash = await page.evaluate("location.hash");
  const again = await open(input.pages.demo, { hash });
  check("ticks are in the fragment", (await again.$$eval("#advice input:checked", (b) => b.length)) === sums.list - 1 && !(await again.$eval("#tick-0", (b) => b.checked)), hash);
  await again.close();
  check("the timeline has its storm", (await page.$$("#expiry .column.storm")).length === 1, "storm");
  const narrow = await open(input.pages.demo, { width: 400, height: 800 });
  const wide = await narrow.evaluate("document.documentElement.scrollWidth");
  check("400 px are enough", wide <= 400, wide);
  await narrow.emulateMediaType("print");
  check("print has no controls", await narrow.evaluate("getComputedStyle(document.getElementById('contents')).display === 'none'"), "print");
  await narrow.close();
  check("the demo says nothing on the console", page.said.length === 0 && page.asked.length === 0, page.said.concat(page.asked));
  await page.close();
}

async function hostile() {
  const page = await open(input.pages.hostile);
  const names = [];
  for (let i = 0; i < 3; i++) { // the pages of the biggest keys
    names.push(...await page.$$eval("#groups tbody th bdi, #biggest tbody th bdi", (b) => b.map((x) => x.textContent)));
    await page.$eval("#biggest button[aria-label='Next page']", (b) => b.click());
  }
  const wanted = ["<script>pwned=name</script>", "</script><script>pwned=name</script>", "\"><img src=x onerror=pwned=name>", "' onclick='pwned=name", "\\xe2\\x80\\xae", "\\x00", "\\xe2\\x80\\xa8", "=cmd|x"];
  const missing = wanted.filter((w) => !names.some((n) => n.includes(w)));
  check("hostile names are to be seen", missing.length === 0, missing.concat(names.slice(0, 12)).join(" | "));
  check("a name of 1 MB is to be seen", names.some((n) => n.startsWith("long:LLLL")), "long");
  for (const button of await page.$$("#groups tbody button.link")) {
    await button.click();
    await page.keyboard.press("Escape");
  }
  check("hostile names are inert", await page.evaluate("typeof pwned === 'undefined' && document.scripts.length === 2 && document.images.length === 0"), await page.evaluate("document.scripts.length"));
  check("hostile names ask for nothing", page.asked.length === 0 && page.said.length === 0, page.asked.concat(page.said));
  await page.close();
}

async function policy() {
  // A page that somebody has put something into.
  const altered = join(input.downloads, "altered.html");
  const injected = "<script>window.pwned = 1</script><img src=\"http://192.0.2.1/x.png\" onerror=\"window.pwned = 2\"><p id=\"styled\" style=\"color: rgb(1, 2, 3)\">x</p><iframe src=\"http://192.0.2.1/\"></iframe><script src=\"http://192.0.2.1/x.js\"></script></main>";
  writeFileSync(altered, readFileSync(input.pages.demo, "utf8").replace("</main>", injected));
  const page = await open(altered);
  await new Promise((r) => setTimeout(r, 500));
  check("an injected script does not run", await page.evaluate("window.pwned === undefined"), await page.evaluate("String(window.pwned)"));
  check("what is injected asks for nothing", page.asked.length === 0, page.asked);
  check("the policy says what it refused", page.said.some((s) => /Content Security Policy/.test(s)), page.said.slice(0, 2));
  const refused = await page.evaluate(async () => {
    const out = {};
    try { const s = document.createElement("script"); s.textContent = "window.pwned = 3"; document.body.append(s); } catch (e) { out.script = e.name; }
    try { document.body.insertAdjacentHTML("beforeend", "<b>x</b>"); } catch (e) { out.markup = e.name; }
    try { await fetch("http://192.0.2.1/"); } catch (e) { out.fetch = e.name; }
    return { ...out, pwned: String(window.pwned) };
  });
  check("a script in the page makes no script, no markup, no request", refused.pwned === "undefined" && refused.markup === "TypeError" && refused.fetch === "TypeError" && page.asked.length === 0, JSON.stringify(refused));
  await page.close();
}

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

async function accessible(name, file, options, prepare) {
  const page = await open(file, { ...options, bypass: true });
  if (prepare) await prepare(page);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const run = await window.axe.run(document, { resultTypes: ["violations"] });
    return { passes: run.passes.length, violations: run.violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + n.failureSummary).join(" / ")) };
  });
  check("axe finds nothing: " + name, found.violations.length === 0 && found.passes > 15, found.passes + " rules passed; " + found.violations.join("\n"));
  await page.close();
}

async function accessibility() {
  const unfold = (page) => page.$$eval("details", (list) => list.forEach((d) => { d.open = true; }));
  await accessible("light, all unfolded", input.pages.demo, {}, unfold);
  await accessible("dark, all unfolded", input.pages.demo, { scheme: "dark" }, unfold);
  await accessible("drawer, 400 px", input.pages.demo, { width: 400, height: 800 }, (page) => page.click("#groups tbody button.link"));
  await accessible("by type, dark", input.pages.demo, { scheme: "dark", hash: "#colour=type" });
  await accessible("by idle time", input.pages.demo, { hash: "#colour=idle" });
  await accessible("hostile names", input.pages.hostile, {}, unfold);
  for (const name of ["empty", "partial", "sources", "diff", "whatif"]) await accessible(name, input.pages[name], {}, unfold);
}

async function others() {
  for (const name of ["empty", "partial", "sources", "diff", "whatif"]) {
    const page = await open(input.pages[name]);
    const built = await page.evaluate("document.documentElement.dataset.ready !== undefined");
    const controls = await page.$$eval("thead button", (list) => { list.forEach((b) => b.click()); return list.length; });
    check("the page is built: " + name, built && controls > 5 && page.said.length === 0 && page.asked.length === 0, controls + " " + page.said.concat(page.asked).join("; "));
    await page.close();
  }
}

try {
  for (const part of [many, demo, hostile, policy, others, accessibility].filter((p) => !input.only || input.only.split(",").includes(p.name))) {
    try {
      await part();
    } catch (error) {
      check(part.name + " runs", false, error.stack);
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(results));
