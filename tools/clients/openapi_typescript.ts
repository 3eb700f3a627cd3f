// A reader and a partner, with the types that openapi-typescript makes of the API's document and openapi-fetch.
import createClient from "openapi-fetch";
import type { paths } from "./onrecord.js";
import { action, checkArchive, csv, equal, indicator, secretOf, series, server, workbook, XLSX } from "./demo.js";

type Priority = paths["/v1/priorities"]["get"]["responses"][200]["content"]["application/json"]["data"][number];

/** Fails to compile where the document has lost its type. */
type Known<T> = unknown extends T ? never : T;

const visitor = createClient<paths>({ baseUrl: server });

async function priorities(plan: string): Promise<Known<Priority>[]> {
  const { data } = await visitor.GET("/v1/priorities", { params: { query: { plan } } });
  // A list may also be CSV, which is text.
  return typeof data === "object" ? (data.data as Known<Priority>[]) : [];
}
equal((await priorities("derbyshire-pcc:PLAN-2021")).length > 0, true, "whether the plan has priorities");

const { data: token } = await visitor.POST("/oauth/token", {
  body: { grant_type: "client_credentials", ...secretOf("partner_writer") },
  bodySerializer: (body) => new URLSearchParams(body as Record<string, string>),
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});
equal(typeof token?.access_token, "string", "the type of the token");
const partner = createClient<paths>({ baseUrl: server, headers: { Authorization: `Bearer ${token?.access_token}` } });
const { data: me } = await partner.GET("/v1/me");

const path = { id: action };
const read = await partner.GET("/v1/actions/{id}", { params: { path } });
const changed = await partner.PATCH("/v1/actions/{id}", {
  params: { path, header: { "If-Match": read.response.headers.get("etag") ?? "" } },
  body: { status: "in_progress" },
  headers: { "Content-Type": "application/merge-patch+json" },
});
equal(changed.data?.status, "in_progress", "the status");
const late = await partner.PATCH("/v1/actions/{id}", {
  params: { path, header: { "If-Match": '"old"' } }, body: { status: "completed" },
  headers: { "Content-Type": "application/merge-patch+json" },
});
equal(late.error?.status, 412, "a change with an old tag");

const release = await partner.POST("/v1/releases", {
  body: { reference: "REL-OPENAPI-TS", title: "Referrals, April to September 2026", indicator, organisation: me?.organisation ?? "" },
});
const of = { id: release.data?.id ?? "" };
let tag = release.response.headers.get("etag") ?? "";
for (const [body, type] of [[csv, "text/csv"], [workbook(), XLSX]] as const) {
  const sent = await partner.PUT("/v1/releases/{id}/observations", {
    params: { path: of, header: { "If-Match": tag } },
    // The types of all media types are texts here, and a workbook is none.
    body: body as string, bodySerializer: (body) => body, headers: { "Content-Type": type },
  });
  equal(sent.data?.cells, 1, `the figures that were sent as ${type}`);
  tag = sent.data?.etag ?? "";
}

// A series: what an observation does not say, its series says or what is usual.
type Figures = paths["/v1/series/{key}/observations"]["get"]["responses"][200]["content"]["application/json"];
const figures = (await visitor.GET("/v1/series/{key}/observations", { params: { path: { key: series }, query: { includeHistory: true } } })).data as Known<Figures>;
const whole = figures.data.flatMap((one) => one.observations.map((own) => ({ ...figures.usual, ...one, ...own })));
equal(figures.data[0]?.["AREA"], "E23000020", "the area of the series");
equal(new Set(whole.map((one) => one.release)).size > 1, true, "whether it was revised");
equal(whole.length > 20 && whole.every((one) => one.OBS_STATUS === "A" && one.complete), true, "the series");

const archive = await visitor.GET("/v1/export.zip", { parseAs: "blob" });
await checkArchive(archive.data as Blob);
console.log("openapi-typescript: an action changed, figures uploaded, the archive downloaded");
