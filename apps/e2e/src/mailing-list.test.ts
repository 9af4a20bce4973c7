import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMemoryStore, receiveOnce, statusOf } from "@sidehook/events/receiver";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { createWebhook } from "./webhook.ts";

/** A member as the provider has it. */
interface Member {
  email_address: string;
  merge_fields: { NAME: string };
  addedAt: number;
}

/** A program on loopback, as somebody would run it. */
interface Program {
  url: string;
  stop: () => Promise<void>;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const listToken = randomUUID();

async function startProgram(handle: Handle): Promise<Program> {
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** Behaves as the API of a list provider: a token, one member per address, 200 for one that is there already. */
function startListProvider(members: Map<string, Member>): Promise<Program> {
  return startProgram(async (request, response) => {
    const isAllowed = request.headers.authorization === `Bearer ${listToken}` && request.method === "PUT";
    const member = (await json(request)) as Omit<Member, "addedAt">;
    const isNew = isAllowed && !members.has(member.email_address);
    if (isNew) members.set(member.email_address, { ...member, addedAt: Date.now() });
    response.writeHead(isNew ? 201 : isAllowed ? 200 : 401).end();
  });
}

/** What a developer writes: each new user becomes a member, once. */
function startMailingList(readSecret: () => string, listUrl: string): Promise<Program> {
  const store = createMemoryStore();
  return startProgram(async (request, response) => {
    try {
      await receiveOnce(request, { secrets: readSecret(), store }, async (event) => {
        if (event.type !== "wp_user_created") return;
        const { email, display_name: name } = event.payload;
        await addMember(listUrl, { email_address: email, merge_fields: { NAME: name } });
      });
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(statusOf(error)).end();
    }
  });
}

async function addMember(listUrl: string, member: Omit<Member, "addedAt">): Promise<void> {
  const answer = await fetch(`${listUrl}/members`, {
    method: "PUT",
    headers: { authorization: `Bearer ${listToken}`, "content-type": "application/json" },
    body: JSON.stringify(member),
  });
  if (!answer.ok) throw new Error(`the list provider answered ${answer.status}`);
}

describeE2e("a mailing list of everybody who gets an account", () => {
  const members = new Map<string, Member>();
  const programs: Program[] = [];
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    let secret = "";
    const provider = await startListProvider(members);
    const list = await startMailingList(() => secret, provider.url);
    programs.push(provider, list);
    sidecar = await startSidecar({ SIDEHOOK_ALLOW: new URL(list.url).host });
    ({ secret } = await createWebhook(sidecar, { url: list.url, events: ["wp_user_created"] }));
    wordpress = await startWordPress({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    for (const program of programs) await program.stop();
  });

  it("has name and address within a second of wpmu_create_user()", async () => {
    const happenedAt = await createUser("meera");
    await waitUntil(() => members.has("meera@example.com"), { what: "the member" });
    const member = members.get("meera@example.com");
    expect(member).toMatchObject({ email_address: "meera@example.com", merge_fields: { NAME: "meera" } });
    const tookMs = Math.round((member?.addedAt ?? 0) - happenedAt);
    console.log(`from wpmu_create_user() to the list provider: ${tookMs} ms`);
    expect(tookMs).toBeLessThan(1000);
  });

  it("has nobody twice, and nobody whose account was undone", async () => {
    const undo =
      "$GLOBALS['wpdb']->query( 'START TRANSACTION' ); wpmu_create_user( 'nobody', 'secret', 'nobody@example.com' ); $GLOBALS['wpdb']->query( 'ROLLBACK' );";
    await wordpress.php(undo);
    await createUser("binu");
    await waitUntil(() => members.has("binu@example.com"), { what: "the member" });
    expect([...members.keys()]).toEqual(["meera@example.com", "binu@example.com"]);
  });

  /** Answers when it was done, in unix milliseconds. */
  async function createUser(login: string): Promise<number> {
    const code = `wpmu_create_user( '${login}', 'correct-horse', '${login}@example.com' ); echo microtime( true );`;
    return Number(await wordpress.php(code)) * 1000;
  }
});
