import type { PostgresPool, PostgresPoolClient } from "kysely";
import type { Pool, PoolClient } from "pg";
import { codeOf, outdatedPlan } from "./postgres-answers.ts";

/** Of each connection: a server keeps them until it closes. */
const maxPreparedStatements = 200;
/** Long texts are those with a parameter for each value: hardly ever the same twice. */
const maxPreparedLength = 4_000;

/** The same name for the same text, so that the server parses and plans a statement once; undefined for what is rare. */
function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known || names.size >= maxPreparedStatements || text.length > maxPreparedLength) return known;
    const name = `sidehook_${names.size}`;
    names.set(text, name);
    return name;
  };
}

const begin = "begin";
/**
 * First statement of a transaction that touches few rows, and finds each by its key or at the beginning of an index. Its
 * commit does not wait for the disk. And its plans are kept: made while little was there, they would go on reading and
 * sorting all there is when there is much.
 */
export const quicken = [
  "set local synchronous_commit = off",
  "set local plan_cache_mode = force_generic_plan",
  "set local enable_seqscan = off",
  "set local enable_bitmapscan = off",
  "set local enable_sort = off",
  "set local enable_hashjoin = off",
  "set local enable_mergejoin = off",
  "set local enable_material = off",
].join("; ");
const nothing = { command: "SET", rowCount: 0, rows: [] };

type Query = (text: string, values: readonly unknown[]) => Promise<unknown>;

/** As Kysely wants it, with statements prepared once and transactions that begin together with their first statement. */
export function wrapPool(pool: Pool): PostgresPool {
  const clients = new WeakMap<PoolClient, PostgresPoolClient>();
  const nameOf = createStatementNames();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client);
      if (known) return known;
      // Kysely's type also has cursors, which nothing here uses.
      const wrapped = wrapClient(client, nameOf) as unknown as PostgresPoolClient;
      clients.set(client, wrapped);
      return wrapped;
    },
  };
}

function wrapClient(client: PoolClient, nameOf: (text: string) => string | undefined) {
  let isBroken = false;
  let opening: string[] = [];
  const send: Query = (text, values) =>
    client.query({ name: nameOf(text), text, values: values.map(storable) });
  /** In one go: the server answers both, and nobody waits for the first answer alone. */
  const open: Query = async (text, values) => {
    const opened = client.query(opening.join("; "));
    opening = [];
    const [, result] = await Promise.all([opened, send(text, values)]);
    return result;
  };
  const query: Query = async (text, values) => {
    if (text === begin || text === quicken) {
      opening.push(text);
      return nothing;
    }
    try {
      return await (opening.length > 0 ? open(text, values) : send(text, values));
    } catch (error) {
      isBroken ||= codeOf(error) === outdatedPlan;
      throw error;
    }
  };
  return { query, release: (destroy: boolean) => client.release(destroy || isBroken) };
}

/** Postgres refuses the character NUL in a text. It becomes the replacement character, so that asking for it finds nothing. */
function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable);
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
}
