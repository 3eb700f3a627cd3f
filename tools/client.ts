// Compiled by .ci/run against the types that openapi-typescript makes of the API's document: a reader's program.
import type { operations, paths } from "./onrecord";

type Answer = paths["/v1/priorities"]["get"]["responses"][200]["content"]["application/json"];
type Priority = Answer["data"][number];

/** Fails to compile where the document has lost its type. */
type Known<T> = unknown extends T ? never : T;

export async function priorities(server: string, query: operations["list_priorities"]["parameters"]["query"]): Promise<Known<Priority>[]> {
  const search = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]));
  const answer = await fetch(`${server}/v1/priorities?${search}`, { headers: { accept: "application/json" } });
  return ((await answer.json()) as Answer).data as Known<Priority>[];
}
