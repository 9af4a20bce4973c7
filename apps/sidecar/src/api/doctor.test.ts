import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;
beforeAll(async () => void (sidecar = await startTestSidecar()));
afterAll(() => sidecar.close());

test("says in English what each check has found", async () => {
  const { status, body } = await sidecar.call("GET", "/v1/doctor");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    state: "warning",
    checks: expect.arrayContaining([
      { id: "database", state: "ok", text: "The database can be read and written." },
      { id: "wordpress", state: "warning", text: expect.stringContaining("wp-config.php") },
    ]),
  });
});
