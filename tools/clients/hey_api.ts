// A council's data team, with the client that @hey-api/openapi-ts makes of the API's document.
import {
  createRelease, createToken, getAction, getChangesFeed, getExport, getMe, listActions, listReleaseObservations, listSeriesObservations,
  publishAction,
  replaceReleaseObservations, submitAction, submitRelease, updateAction,
} from "./hey/index.js";
import { createClient, createConfig } from "./hey/client/index.js";
import type { ObservationList, ReplaceReleaseObservationsErrors, ReplaceReleaseObservationsResponses } from "./hey/index.js";
import { action, checkArchive, csv, equal, indicator, secretOf, series, server, workbook, XLSX } from "./demo.js";

/** A client that sends the access token of a role; the same string goes into each header that the document names. */
async function signedIn(role: string) {
  const visitor = createClient(createConfig({ baseUrl: server, throwOnError: true }));
  const token = await createToken({ client: visitor, body: { grant_type: "client_credentials", ...secretOf(role) }, throwOnError: true });
  return createClient(createConfig({ baseUrl: server, auth: token.data.access_token }));
}
const tagOf = (answer: { response: Response }): string => answer.response.headers.get("etag") ?? "";

const partner = await signedIn("partner_writer");
const me = (await getMe({ client: partner, throwOnError: true })).data;
equal(me.due[0]?.reference, "ACT-1-4", "what is due");
const mine = await listActions({ client: partner, query: { assigned_organisation: me.organisation ?? "", fields: ["reference", "status"] }, throwOnError: true });
equal(mine.data.data.length, 1, "the number of actions that are assigned to us");

// The report: written with the tag that was read, refused with an old one, submitted, seen by the office, published.
const path = { id: action };
const read = await getAction({ client: partner, path, throwOnError: true });
const evidence = read.data.status_evidence ?? [];
const changed = await updateAction({
  client: partner, path, headers: { "If-Match": tagOf(read) }, throwOnError: true,
  body: { status: "in_progress", status_evidence: [...evidence, { date: "2026-11-20", summary: "By @hey-api." }] },
});
equal(changed.data.status_evidence?.length, evidence.length + 1, "the evidence");
const late = await updateAction({ client: partner, path, headers: { "If-Match": tagOf(read) }, body: { status: "completed" } });
equal(late.response.status, 412, "a change with an old tag");
equal(late.error?.type, "/problems/precondition-failed", "the problem of an old tag");
await submitAction({ client: partner, path, headers: { "If-Match": tagOf(changed) }, throwOnError: true });

const publisher = await signedIn("publisher");
const inbox = (await getMe({ client: publisher, throwOnError: true })).data.submitted;
const waiting = inbox.find((one) => one.reference === "ACT-1-4");
equal(waiting?.changed?.some((change) => change.field === "status_evidence"), true, "what the office is shown");
const forOffice = await getAction({ client: publisher, path, throwOnError: true });
await publishAction({ client: publisher, path, headers: { "If-Match": tagOf(forOffice) }, throwOnError: true });
const visitor = createClient(createConfig({ baseUrl: server }));
const published = await getAction({ client: visitor, path, throwOnError: true });
equal(published.data.status_evidence?.length, evidence.length + 1, "the evidence that the public reads");

// Figures: as JSON with the types of the document, as CSV and as a workbook by their media types.
const release = await createRelease({
  client: partner, throwOnError: true,
  body: { reference: "REL-HEY-API", title: "Referrals, April to September 2026", indicator, organisation: me.organisation ?? "" },
});
const of = { id: release.data.id };
const asJson = await replaceReleaseObservations({
  client: partner, path: of, headers: { "If-Match": tagOf(release) }, query: { validate_only: true }, throwOnError: true,
  body: { observations: [{ AREA: "E23000018", TIME_PERIOD: "2026-04-01/P6M", value: "131", OBS_STATUS: "P" }] },
});
equal(asJson.data.cells, 1, "the figures that were sent as JSON");
const send = (body: string | Blob, type: string, tag: string) =>
  partner.put<ReplaceReleaseObservationsResponses, ReplaceReleaseObservationsErrors, true>({
    url: "/v1/releases/{id}/observations", path: of, body, bodySerializer: null, throwOnError: true,
    headers: { "Content-Type": type, "If-Match": tag }, security: [{ type: "http", scheme: "bearer" }],
  });
const asCsv = await send(csv, "text/csv", tagOf(release));
equal(asCsv.data.cells, 1, "the figures that were sent as CSV");
const asSheet = await send(workbook(), XLSX, asCsv.data.etag);
equal(asSheet.data.unchanged + asSheet.data.inserted + asSheet.data.revised, 1, "the figures that were sent as a workbook");
const cells = await listReleaseObservations({ client: partner, path: of, throwOnError: true });
equal(typeof cells.data === "string" ? "CSV" : cells.data.data.length, 1, "the figures of the release");
await submitRelease({ client: partner, path: of, headers: { "If-Match": asSheet.data.etag }, throwOnError: true });

// A series: what an observation does not say, its series says or what is usual.
const figures = (await listSeriesObservations({ client: visitor, path: { key: series }, query: { includeHistory: true }, throwOnError: true })).data as ObservationList;
const whole = figures.data.flatMap((one) => one.observations.map((own) => ({ ...figures.usual, ...one, ...own })));
equal(figures.data[0]?.["AREA"], "E23000020", "the area of the series");
equal(whole.length > 20 && whole.every((one) => one.OBS_STATUS === "A" && one.complete), true, "the series");
equal(new Set(whole.map((one) => one.release)).size > 1, true, "whether it was revised");

// What is no JSON is typed as if it were: the caller says how it is read.
const asText = (await listSeriesObservations({ client: visitor, path: { key: series }, query: { format: "csv" }, parseAs: "text", throwOnError: true })).data as unknown as string;
equal(asText.split("\n")[0]?.includes("TIME_PERIOD"), true, "the series as CSV");
const feed = (await getChangesFeed({ client: visitor, parseAs: "text", throwOnError: true })).data as unknown as string;
equal(feed.includes("<feed"), true, "the feed of changes");

await checkArchive((await getExport({ client: visitor, throwOnError: true })).data as Blob);
console.log("@hey-api/openapi-ts: a report published, figures uploaded, the archive downloaded");
