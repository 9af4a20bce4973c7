import type { TestProject } from "vitest/node";
import { startPostgres } from "../../../tools/postgres.ts";

/** One PostgreSQL server for all files of the suite; each test makes a database of its own on it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide("postgresUrl", server.url);
  return () => server.stop();
}
