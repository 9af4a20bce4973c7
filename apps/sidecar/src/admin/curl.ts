import type { DeliveryRequest } from "@sidehook/delivery";

/**
 * The request as a command for a shell, ready to be pasted. Everything is quoted for POSIX shells, and `--data-raw`
 * sends a body that begins with @ as it is.
 *
 * @example curlCommand({ method: "POST", url: "https://a.example/", headers: { a: "b" }, body: "{}" })
 */
export function curlCommand({ method, url, headers, body }: DeliveryRequest): string {
  const parts = [
    `curl -i -X ${method} ${quote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    `--data-raw ${quote(body)}`,
  ];
  return parts.join(" \\\n  ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
