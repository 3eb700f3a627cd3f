// What the two programs in TypeScript have in common: the demo's clients, and what they upload.
import { readFileSync } from "node:fs";

const env = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: this program is run by tools/clients/run`);
  return value;
};

export const server = env("DEMO_URL");
export const indicator = "derbyshire-pcc:IND-PARTNERSHIP-REFERRALS";
export const series = "recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M";
export const action = "derbyshire-pcc:ACT-1-4";
export const csv = "AREA,TIME_PERIOD,value,OBS_STATUS\nE23000018,2026-04-01/P6M,131,P\n";
export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/** The same table as a workbook. */
export const workbook = () => new Blob([readFileSync(env("FIGURES_XLSX"))], { type: XLSX });

/** The id and the secret of the demo's first client with that role. */
export function secretOf(role: string): { client_id: string; client_secret: string } {
  const clients: { role: string; client_id: string; client_secret: string }[] =
    JSON.parse(readFileSync(env("DEMO_CREDENTIALS"), "utf8")).clients;
  const found = clients.find((client) => client.role === role);
  if (!found) throw new Error(`the demo has no client with the role ${role}`);
  return { client_id: found.client_id, client_secret: found.client_secret };
}

export function equal(found: unknown, expected: unknown, of: string): void {
  if (found !== expected) throw new Error(`${of}: ${JSON.stringify(found)}, and not ${JSON.stringify(expected)}`);
}

/** The archive of the record: a ZIP that has the actions. */
export async function checkArchive(archive: Blob): Promise<void> {
  const bytes = Buffer.from(await archive.arrayBuffer());
  equal(bytes.subarray(0, 4).toString("latin1"), "PK\u0003\u0004", "the first bytes of the archive");
  equal(bytes.includes("actions.jsonl"), true, "whether the archive has the actions");
}
