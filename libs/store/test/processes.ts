import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Starts one of the programs of this folder on a database. */
export function startProgram(program: string, url: string): ChildProcess {
  return spawn(process.execPath, ["--conditions=@sidehook/source", join(import.meta.dirname, program), url], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export interface Ending {
  code: number | null;
  output: string;
  errors: string;
}

/** How it ended, and all it printed. */
export async function finished(child: ChildProcess): Promise<Ending> {
  const said = { output: "", errors: "" };
  child.stdout?.on("data", (data: Buffer) => void (said.output += data.toString()));
  child.stderr?.on("data", (data: Buffer) => void (said.errors += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}
