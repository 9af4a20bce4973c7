import { sql, type SqlBool } from "kysely";

/** What stands in the place of a payload that was erased at a person's wish. It is never sent to anybody. */
export const erasedPayload = '{"sidehook_erased":true}';

export const isErased = sql<SqlBool>`events.payload = ${sql.lit(erasedPayload)}`;

/** For queries about deliveries: their event still has its payload. */
export const hasPayload = sql<SqlBool>`not exists (
  select 1 from events where events.seq = deliveries.event_seq and ${isErased})`;
