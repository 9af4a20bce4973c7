import type { HeaderSource } from "./signature.ts";

/** No delivery is larger: a payload has at most 256 KiB, and what stands around it in an envelope is short. */
export const maxBodyBytes = 1024 * 1024;

/** As much of the `Request` of fetch as is needed. */
export interface FetchRequest {
  headers: { get(name: string): string | null };
  body: { getReader(): BodyReader } | null;
  bodyUsed: boolean;
}

interface BodyReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** As much of Node's `IncomingMessage` as is needed; Express, Fastify's `request.raw` and others have it too. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** True once somebody has read the body. */
  readableEnded: boolean;
}

/**
 * Reads the body of a request.
 *
 * @returns undefined if it has more bytes than allowed; the rest is left unread
 * @throws TypeError if somebody else has read it before
 */
export async function readBody(request: FetchRequest | NodeRequest): Promise<Uint8Array | undefined> {
  if ("readableEnded" in request ? request.readableEnded : request.bodyUsed) {
    throw new TypeError("the body has been read already: give its exact bytes as the option `body`");
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (const reader = readerOf(request); ;) {
    const { done, value } = await reader.read();
    if (value) chunks.push(value);
    bytes += value?.byteLength ?? 0;
    if (done) return joined(chunks, bytes);
    if (bytes > maxBodyBytes) {
      await reader.cancel();
      return undefined;
    }
  }
}

/** Takes the first value of a header, as each kind of request has it. */
export function headerOf(headers: HeaderSource, name: string): string | undefined {
  if (typeof headers.get === "function") return headers.get(name) ?? undefined;
  const value = (headers as NodeRequest["headers"])[name];
  return typeof value === "string" ? value : value?.[0];
}

function readerOf(request: FetchRequest | NodeRequest): BodyReader {
  if (!(Symbol.asyncIterator in request)) return request.body?.getReader() ?? emptyReader;
  const iterator = request[Symbol.asyncIterator]();
  return {
    read: async () => {
      const { done, value } = (await iterator.next()) as { done?: boolean; value?: Uint8Array };
      return { done: done === true, value };
    },
    // Ending the iteration would destroy the socket, and with it the answer.
    cancel: () => Promise.resolve(),
  };
}

const emptyReader: BodyReader = {
  read: () => Promise.resolve({ done: true }),
  cancel: () => Promise.resolve(),
};

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
