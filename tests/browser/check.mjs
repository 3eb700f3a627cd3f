// Opens the pages of a demo in Chromium: no violation by axe in light, dark and print, at 1280 and 390 pixels, with and without
// JavaScript; nothing on the console; no request to another machine; everything by keyboard alone; valid HTML; no dead link.

import { readFileSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { crawl, shape } from "./crawl.mjs";

const base = process.env.DEMO_URL;
const origin = new URL(base).origin;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const started = Date.now();
const faults = [];

/** The pages with which a reader begins, and those of problems. */
const STARTS = [
  "/",
  "/v1",
  "/v1/plans",
  "/v1/search?q=domestic+abuse",
  "/v1/search?q=xyzzyx",
  "/v1/changes",
  "/v1/pledges?limit=5",
  "/v1/meetings/derbyshire-pcc:PSM-2022",
  "/docs/",
  "/docs/plans",
  "/docs/?q=withdraw+plan",
  "/docs/?q=xyzzyx",
];
const PROBLEMS = [
  "/v1/nothing",
  "/v1/plans/derbyshire-pcc:NO",
  "/v1/plans?limit=many&sort=colour",
  "/v1/pledges?colour=red",
  "/v1/search",
  "/v1/search?q=%25%25",
];

const VARIANTS = [
  { name: "1280 pixels, light", width: 1280, height: 900, colorScheme: "light", javaScriptEnabled: true },
  { name: "390 pixels, dark", width: 390, height: 844, colorScheme: "dark", javaScriptEnabled: true },
  { name: "390 pixels, light, without JavaScript", width: 390, height: 844, colorScheme: "light", javaScriptEnabled: false },
  { name: "1280 pixels, dark, without JavaScript", width: 1280, height: 900, colorScheme: "dark", javaScriptEnabled: false },
  { name: "print", width: 794, height: 1123, colorScheme: "light", media: "print", javaScriptEnabled: true },
];

async function opened(browser, variant) {
  const { width, height, colorScheme, javaScriptEnabled } = variant;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  if (variant.media) await page.emulateMedia({ media: variant.media });
  let at = "";
  const note = (text) => faults.push(`${at} (${variant.name}): ${text}`);
  page.on("console", (message) => {
    // That a problem has the status of one is no fault.
    if (!/Failed to load resource.*status of 4\d\d/.test(message.text())) note(`the console says: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`a script fails: ${error.message}`));
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith("data:") || new URL(url).origin === origin) return route.continue();
    note(`a request leaves the machine: ${url}`);
    return route.abort();
  });
  page.on("response", (answer) => {
    const own = answer.request().isNavigationRequest();
    if (!own && answer.status() >= 400) note(`${answer.url()} answers ${answer.status()}`);
  });
  const go = async (path) => {
    at = path;
    await page.goto(base + path, { waitUntil: "load" });
  };
  return { context, page, go, note };
}

/** What axe finds. It is evaluated, not loaded: the policy of the pages stays as it is. */
async function violations(page) {
  // What is folded is read too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
    return found.violations.flatMap((one) => one.nodes.slice(0, 3).map((node) => `${one.id}: ${one.help}: ${node.target.join(" ")}`));
  });
}

/** What a phone shows badly: words that break letter by letter, tables that are cut, a menu of several lines, narrow fields. */
const ON_A_PHONE = () => {
  const found = [];
  const name = (element) => `${element.tagName.toLowerCase()} "${element.textContent.trim().slice(0, 30)}"`;
  for (const element of document.querySelectorAll("main td > div, main th, main dd, main li, main dt")) {
    const text = element.textContent.trim();
    const box = element.getBoundingClientRect();
    const line = parseFloat(getComputedStyle(element).lineHeight);
    const letters = Math.max(...text.split(/\s+/).map((word) => word.length));
    if (box.width > 1 && letters > 5 && box.width < 45 && box.height > 2.5 * line) found.push(`${name(element)} is ${Math.round(box.width)} pixels wide`);
  }
  for (const table of document.querySelectorAll("main .table")) {
    const within = table.querySelector("table");
    const isShown = table.getBoundingClientRect().width > 1;
    if (isShown && within?.className && table.scrollWidth > table.clientWidth + 1) found.push(`a table is cut: ${name(table)}`);
  }
  const nav = document.querySelector("header nav");
  if (nav.getBoundingClientRect().height > 60) found.push("the menu has several lines");
  for (const field of document.querySelectorAll("textarea")) {
    const form = field.closest("form").getBoundingClientRect();
    if (field.getBoundingClientRect().width < 0.8 * form.width) found.push("a field for a text is narrow");
  }
  return found;
};

async function checkVariant(browser, variant, paths) {
  const { context, page, go, note } = await opened(browser, variant);
  for (const path of paths) {
    await go(path);
    // Axe needs timers, which do not run without JavaScript. What is shown then has to be the same.
    if (variant.javaScriptEnabled) {
      for (const violation of await violations(page)) note(violation);
    } else {
      const text = await page.evaluate(() => document.querySelector("main")?.innerText.trim() ?? "");
      if (text.length < 20) note(`without JavaScript it shows only "${text}"`);
      const scripts = await page.evaluate(() => document.scripts.length);
      if (scripts > 0) note(`it has ${scripts} scripts`);
    }
    if (variant.media === "print") continue;
    if (variant.width === 390) {
      for (const fault of await page.evaluate(ON_A_PHONE)) note(fault);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) note(`the page is ${overflow} pixels wider than the window`);
  }
  await context.close();
}

/** What has the focus: where it is, and whether that shows. */
const FOCUSED = () => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const inside = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < window.innerHeight && box.right > 0;
  return {
    name: `${element.tagName.toLowerCase()} ${(element.textContent || element.id).trim().slice(0, 40)}`,
    skip: element.classList.contains("skip"),
    shows: inside && (outlined || style.boxShadow !== "none"),
  };
};

async function checkKeyboard(browser, paths) {
  const { context, page, go, note } = await opened(browser, VARIANTS[0]);
  for (const path of paths) {
    await go(path);
    await page.keyboard.press("Tab");
    const first = await page.evaluate(FOCUSED);
    if (!first?.skip || !first.shows) note(`the first Tab leads to ${first?.name ?? "nothing"}, and not to a link that skips to the content`);
    await page.keyboard.press("Enter");
    const skipped = await page.waitForURL(/#main$/, { timeout: 10_000 }).then(() => true, () => false);
    if (!skipped) note("the link that skips to the content does not");
    await go(path);
    const stops = await page.evaluate(() => document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']").length);
    const reached = new Set();
    for (let n = 0; n < Math.min(stops, 40); n++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(FOCUSED);
      if (!focused) break;
      reached.add(focused.name);
      if (!focused.shows) note(`it does not show that ${focused.name} has the focus`);
    }
    if (reached.size === 0) note("nothing can be reached by keyboard");
  }
  // A search, from the first page to a record, without a mouse.
  await go("/");
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.getAttribute("name") === "q")) break;
  }
  await page.keyboard.type("domestic abuse");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  if (!page.url().includes("/v1/search?q=domestic+abuse")) note(`a search by keyboard leads to ${page.url()}`);
  const found = await page.locator("main a[href^='/v1/']").count();
  if (found < 3) note(`a search for "domestic abuse" shows ${found} links`);
  await context.close();
}

/** The pictures of docs/pictures: name, address, and the width of the window. */
const PICTURES = [
  ["home", "/", 1280],
  ["plan", "/v1/plans/derbyshire-pcc:PLAN-2021/scorecard", 1280],
  ["statement", "/v1/statements/derbyshire-pcc:ST-002-006", 1280],
  ["search-on-a-phone", "/v1/search?q=domestic+abuse", 390],
];

async function screenshots(browser) {
  const folder = new URL("../../docs/pictures/", import.meta.url).pathname;
  mkdirSync(folder, { recursive: true });
  for (const [name, path, width] of PICTURES) {
    const { context, page, go } = await opened(browser, { ...VARIANTS[0], width, height: width < 500 ? 844 : 800 });
    await go(path);
    const file = `${folder}${name}.png`;
    await page.screenshot({ path: file });
    const bytes = statSync(file).size;
    if (bytes > 150_000) faults.push(`${file} has ${bytes} bytes; 150,000 are enough for a picture`);
    await context.close();
  }
}

const { pages, links } = await crawl(base, STARTS, faults);
for (const page of pages) {
  // The operations of a group are one page, and so is a guide.
  const most = /^\/docs\/[a-z]/.test(page.path) ? 300_000 : 150_000;
  if (page.bytes > most) faults.push(`${page.path} has ${page.bytes} bytes; this page has at most ${most}`);
}
// Of each shape the largest.
const chosen = new Map();
for (const page of pages) {
  const own = chosen.get(shape(page.path));
  if (!own || page.bytes > own.bytes) chosen.set(shape(page.path), page);
}
const paths = [...chosen.values()].map((page) => page.path).sort();
const main = STARTS.concat(PROBLEMS);
const all = [...new Set(main.concat(paths))];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  // The pages with which readers begin in every way, the others each in two.
  const part = (n, of) => [...new Set(main.concat(paths.filter((_, at) => at % of === n)))];
  console.log(`${links} links followed, ${pages.length} pages validated, ${all.length} opened in Chromium`);
  await Promise.all([checkVariant(browser, VARIANTS[0], part(0, 2)), checkVariant(browser, VARIANTS[1], part(1, 2))]);
  await Promise.all([0, 1, 2].map((n) => checkVariant(browser, VARIANTS[2 + n], part(n, 3))));
  await checkKeyboard(browser, STARTS.concat(paths.filter((_, at) => at % 10 === 0)));
  if (process.argv.includes("--screenshots")) await screenshots(browser);
} finally {
  await browser.close();
}

const distinct = [...new Set(faults)];
const most = 60;
for (const fault of distinct.slice(0, most)) console.error(fault);
if (distinct.length > most) console.error(`... and ${distinct.length - most} more`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${distinct.length} faults, in ${seconds} s`);
if (pages.length < 100 || all.length < 20) {
  console.error("there are too few pages: the crawl does not work");
  process.exit(1);
}
process.exit(distinct.length ? 1 : 0);
