import { createSocket } from "node:dgram";
import { once } from "node:events";

/** What one name resolves to: each question of a family gets the next answer, and the last one from then on. */
export interface NameAnswers {
  ipv4?: readonly (readonly string[])[];
  ipv6?: readonly (readonly string[])[];
}

const typeA = 1;
const typeAaaa = 28;
const headerLength = 12;
/** An answer, no recursion asked for or refused, no error. */
const responseFlags = 0x8180;
const nameError = 3;

/**
 * Starts a name server on 127.0.0.1:53 whose answers change as its owner likes, as those of an attacker do. Every
 * answer may be kept for 0 seconds.
 *
 * @returns how often each name was asked for
 */
export async function startNameServer(
  names: Readonly<Record<string, NameAnswers>>,
): Promise<{ questions: ReadonlyMap<string, number>; close: () => void }> {
  const questions = new Map<string, number>();
  const server = createSocket("udp4");
  server.on("message", (query, from) => {
    const { name, type, end } = readQuestion(query);
    const key = `${name} ${type}`;
    const turn = questions.get(key) ?? 0;
    questions.set(key, turn + 1);
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    const answers = (type === typeA ? known?.ipv4 : type === typeAaaa ? known?.ipv6 : undefined) ?? [];
    const records = (answers.at(Math.min(turn, answers.length - 1)) ?? []).map(toBytes);
    server.send(
      buildAnswer(query.subarray(0, end), { type, records, isKnown: known !== undefined }),
      from.port,
    );
  });
  server.bind(53, "127.0.0.1");
  await once(server, "listening");
  return { questions, close: () => server.close() };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = headerLength;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

interface AnswerOf {
  type: number;
  records: readonly Buffer[];
  isKnown: boolean;
}

function buildAnswer(question: Buffer, { type, records, isKnown }: AnswerOf): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(isKnown ? responseFlags : responseFlags | nameError, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  const answers = records.map((data) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc000 | headerLength, 0); // the name of the question
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, ...answers]);
}

/** IPv6 addresses must be written in full: eight groups. */
function toBytes(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const bytes = Buffer.alloc(16);
  address.split(":").forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2));
  return bytes;
}
