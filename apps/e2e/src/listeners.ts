import { readFileSync } from "node:fs";

/** The addresses of this machine on which something listens at this port. */
export function listListeners(port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["tcp", "tcp6"]
    .flatMap((family) => readFileSync(`/proc/net/${family}`, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => local.endsWith(wanted) && state === "0A")
    .map(([, local = ""]) => (local.startsWith("0100007F:") ? "127.0.0.1" : local));
}
