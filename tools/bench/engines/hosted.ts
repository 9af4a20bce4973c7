import { join } from "node:path";
import { endProcess, nextMessage, pidOf, spawnGuarded } from "../processes.ts";
import type { Engine, EngineSettings, RunningEngine } from "./engine.ts";
import type { HostSettings } from "./queue.ts";

interface HostedServer {
  /** Socket or URL. */
  address: string;
  listPids: () => number[];
}

interface Hosted {
  name: string;
  about: string;
  kind: HostSettings["kind"];
  /** Brings up its database server, empty. */
  openServer: (settings: EngineSettings) => Promise<HostedServer>;
}

const host = join(import.meta.dirname, "host.ts");

/** An engine whose queue is a package and whose process is ours. */
export function createHosted({ name, about, kind, openServer }: Hosted): Engine {
  return {
    name,
    about,
    async start(settings): Promise<RunningEngine> {
      const server = await openServer(settings);
      const { receiverUrl, routes, concurrency } = settings;
      const hostSettings: HostSettings = { kind, receiverUrl, routes, concurrency, server: server.address };
      const log = join(settings.folder, "host.log");
      const child = spawnGuarded(
        [process.execPath, "--conditions=@sidehook/source", host, JSON.stringify(hostSettings)],
        { log, env: settings.env, hasChannel: true },
      );
      const port = (await nextMessage(child, log)) as number;
      const order = async (text: "pause" | "resume") => {
        const done = nextMessage(child, log);
        child.send(text);
        await done;
      };
      return {
        door: { ports: [port], headers: {} },
        pause: () => order("pause"),
        resume: () => order("resume"),
        pids: [pidOf(child)],
        listServerPids: server.listPids,
        stop: () => endProcess(child, "SIGKILL"),
      };
    },
  };
}
