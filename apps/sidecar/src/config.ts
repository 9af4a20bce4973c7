import { join, resolve } from "node:path";
import { settings, type Setting, type Settings } from "./settings.ts";

/** The settings with every default filled in; keys are still null when they are to be generated. */
export interface Config extends Settings {
  databaseUrl: string;
}

/** Thrown at the start; its message lists every wrong setting, never a value that may be secret. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(
      ["Sidehook cannot start with these settings:", ...problems.map((problem) => `  ${problem}`)].join("\n"),
    );
    this.name = "ConfigError";
  }
}

/**
 * Reads the settings from an environment.
 *
 * @throws ConfigError that names every problem at once, unknown `SIDEHOOK_` names among them
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems = listUnknown(env);
  const values = Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [key, read(setting, env, problems)]),
  ) as unknown as Settings;
  if (problems.length > 0) throw new ConfigError(problems);
  const dataDir = resolve(values.dataDir);
  return { ...values, dataDir, databaseUrl: values.databaseUrl ?? `sqlite:${join(dataDir, "sidehook.db")}` };
}

function read(
  setting: Setting<unknown>,
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
) {
  const text = env[setting.name] ?? setting.default;
  if (text === null) return null;
  try {
    return setting.parse(text);
  } catch (error) {
    problems.push(`${setting.name} ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** A misspelt name would otherwise be ignored in silence. */
function listUnknown(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(Object.values(settings).map(({ name }) => name));
  return Object.keys(env)
    .filter((name) => name.startsWith("SIDEHOOK_") && !known.has(name) && !name.startsWith("SIDEHOOK_SKIP_"))
    .map((name) => `${name} is no setting`);
}
