import type { Kysely, Selectable } from "kysely";
import type { StoreContext } from "./context.ts";
import { pageOf, parseCursor } from "./page.ts";
import { parseJson, toJson } from "./rows.ts";
import type { BinRequestRow, BinRow, Schema } from "./schema.ts";
import {
  NotFoundError,
  type Bin,
  type BinRequest,
  type Page,
  type PageRequest,
  type Store,
} from "./store.ts";
import { inTransaction } from "./transaction.ts";

const keptRequests = 500;

type Bins = Pick<
  Store,
  | "createBin"
  | "getBin"
  | "findBin"
  | "listBins"
  | "updateBin"
  | "deleteBin"
  | "addBinRequest"
  | "listBinRequests"
>;

/** Built-in endpoints that show what arrives. */
export function createBins(context: StoreContext): Bins {
  const { db } = context;
  return {
    createBin: (name, now) => createBin(context, name, now),
    getBin: (id) => getBin(db, id),
    findBin: (id) => findBin(db, id),
    listBins: (page) => listBins(db, page),
    updateBin: (id, answer) => updateBin(context, id, answer),
    deleteBin: (id) => deleteBin(context, id),
    addBinRequest: (binId, request) => addBinRequest(context, binId, request),
    listBinRequests: (binId, page) => listBinRequests(db, binId, page),
  };
}

function toBin(row: BinRow): Bin {
  return { id: row.id, name: row.name, answer: parseJson(row.answer), createdAt: new Date(row.created_at) };
}

async function createBin(context: StoreContext, name: string, now: Date): Promise<Bin> {
  const row = {
    id: context.newId("bin"),
    name,
    answer: toJson<Bin["answer"]>({ status: 200, delayMs: 0, body: "" }),
    created_at: now.getTime(),
  };
  await inTransaction(context, (trx) => trx.insertInto("bins").values(row).execute());
  return toBin(row);
}

async function findBin(db: Kysely<Schema>, id: string): Promise<Bin | undefined> {
  const row = await db.selectFrom("bins").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toBin(row);
}

async function getBin(db: Kysely<Schema>, id: string): Promise<Bin> {
  const bin = await findBin(db, id);
  if (!bin) throw new NotFoundError(`bin ${id}`);
  return bin;
}

async function listBins(db: Kysely<Schema>, { limit, cursor }: PageRequest): Promise<Page<Bin>> {
  const after = parseCursor(cursor, ["text"]);
  const rows = await db
    .selectFrom("bins")
    .selectAll()
    .$if(after !== undefined, (query) => query.where("id", "<", after?.[0] ?? ""))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, { limit, toItem: toBin, keyOf: (row) => [row.id] });
}

async function updateBin(context: StoreContext, id: string, answer: Bin["answer"]): Promise<Bin> {
  const row = await inTransaction(context, (trx) =>
    trx
      .updateTable("bins")
      .set({ answer: toJson(answer) })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst(),
  );
  if (!row) throw new NotFoundError(`bin ${id}`);
  return toBin(row);
}

async function deleteBin(context: StoreContext, id: string): Promise<void> {
  const { numDeletedRows } = await inTransaction(context, async (trx) => {
    await trx.deleteFrom("bin_requests").where("bin_id", "=", id).execute();
    return trx.deleteFrom("bins").where("id", "=", id).executeTakeFirst();
  });
  if (numDeletedRows === 0n) throw new NotFoundError(`bin ${id}`);
}

/** The request is JSON as a whole: what strangers send may hold characters that a database refuses in a text. */
async function addBinRequest(
  context: StoreContext,
  binId: string,
  { receivedAt, ...request }: Omit<BinRequest, "id">,
): Promise<void> {
  await inTransaction(context, async (trx) => {
    await getBin(trx, binId);
    await trx
      .insertInto("bin_requests")
      .values({
        id: context.newId("req"),
        bin_id: binId,
        received_at: receivedAt.getTime(),
        request: toJson(request),
      })
      .execute();
    const oldestKept = trx
      .selectFrom("bin_requests")
      .select("seq")
      .where("bin_id", "=", binId)
      .orderBy("seq", "desc")
      .limit(1)
      .offset(keptRequests - 1);
    await trx.deleteFrom("bin_requests").where("bin_id", "=", binId).where("seq", "<", oldestKept).execute();
  });
}

async function listBinRequests(
  db: Kysely<Schema>,
  binId: string,
  { limit, cursor }: PageRequest,
): Promise<Page<BinRequest>> {
  await getBin(db, binId);
  const after = parseCursor(cursor, ["number"]);
  const rows = await db
    .selectFrom("bin_requests")
    .selectAll()
    .where("bin_id", "=", binId)
    .$if(after !== undefined, (query) => query.where("seq", "<", after?.[0] ?? 0))
    .orderBy("seq", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, { limit, toItem: toBinRequest, keyOf: (row) => [row.seq] });
}

function toBinRequest(row: Selectable<BinRequestRow>): BinRequest {
  const request = parseJson(row.request);
  return { id: row.id, ...request, receivedAt: new Date(row.received_at) };
}
