// Follows the links of the demo's pages, and says what is wrong with their HTML.

import { HtmlValidate } from "html-validate";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

/** How many pages are read, and how many of one shape. */
const MOST = 600;
const MOST_OF_A_SHAPE = 12;

/** What is about a record and looks the same for every kind. */
const ABOUT_ANY = ["thread", "versions", "diff"];

/** The address with what names a record replaced: pages of one shape are made by the same code. */
export function shape(path) {
  const [address, query = ""] = path.split("?");
  const docs = /^\/docs\/(guides\/)?[^/]/.exec(address);
  if (docs) return docs[1] ? "/docs/guides/{name}" : "/docs/{group}";
  const parts = address.split("/").map((part, n) => {
    if (n === 3 && address.startsWith("/v1/")) return "{id}";
    if (n === 2 && ABOUT_ANY.includes(address.split("/")[4])) return "{kind}";
    return /^\d+$/.test(part) ? "{n}" : part;
  });
  const names = query.split("&").filter(Boolean).map((pair) => pair.split("=")[0]);
  return parts.join("/") + (names.length ? `?${names.sort().join("&")}` : "");
}

function decoded(text) {
  return text
    .replace(/&(?:#38|amp);/g, "&")
    .replace(/&(?:#34|quot);/g, '"')
    .replace(/&(?:#39|apos);/g, "'");
}

/** The addresses of this server that a page names, in links, pictures, styles and forms. */
function links(html, base) {
  const found = [];
  for (const match of html.matchAll(/\s(?:href|src|action)="([^"]*)"/g)) {
    const address = new URL(decoded(match[1]), base);
    if (address.origin === new URL(base).origin) found.push(address.pathname + address.search);
  }
  return found;
}

export async function crawl(base, starts, faults) {
  const validator = new HtmlValidate({ extends: ["html-validate:standard", "html-validate:a11y"] });
  const waiting = starts.map((path) => ({ path, from: "the beginning" }));
  const seen = new Set();
  const shapes = new Map();
  const pages = [];
  while (waiting.length && seen.size < MOST) {
    const { path, from } = waiting.shift();
    const own = shape(path);
    const of = shapes.get(own) ?? 0;
    // The whole record as a file is large, and costs as much as fifty pages.
    const most = own.startsWith("/docs/{") || own.startsWith("/docs/guides/") ? MOST : MOST_OF_A_SHAPE;
    if (seen.has(path) || of >= most || path.startsWith("/v1/export.zip")) continue;
    seen.add(path);
    shapes.set(own, of + 1);
    const answer = await fetch(base + path, { headers: { accept: BROWSER }, redirect: "manual" });
    const type = answer.headers.get("content-type") ?? "";
    const text = await answer.text();
    // A form to search with is a page of its own, which says what is missing.
    if (answer.status >= 400 && path !== "/v1/search") faults.push(`${path}, linked from ${from}, answers ${answer.status}`);
    if (!type.startsWith("text/html")) continue;
    const report = await validator.validateString(text, path);
    for (const message of report.results.flatMap((result) => result.messages)) {
      faults.push(`${path}: line ${message.line}: ${message.message} (${message.ruleId})`);
    }
    pages.push({ path, bytes: text.length });
    for (const link of links(text, base + path)) waiting.push({ path: link, from: path });
  }
  return { pages, links: seen.size };
}
