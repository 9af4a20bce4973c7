// Checks the layers: which project may depend on which, and that what is imported is declared.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);

/** Project -> what it may import of ours. `*` after a name: only that entry point. */
const allowed: Record<string, readonly string[]> = {
  events: [],
  delivery: ["events"],
  store: ["events", "delivery"],
  sidecar: ["events", "delivery", "store"],
  e2e: ["events", "delivery/testing"],
  "wp-bridge": [],
  tools: [],
};

interface Graph {
  graph: {
    nodes: Record<string, { data: { root: string } }>;
    dependencies: Record<string, { target: string; type: string }[]>;
  };
}

const problems = [...checkGraph(readGraph()), ...checkImports()];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log("Layers: nothing crosses a wall.");

function readGraph(): Graph["graph"] {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-graph-"));
  const file = join(folder, "graph.json");
  const result = spawnSync("nx", ["graph", `--file=${file}`], { cwd: root, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`nx graph failed: ${result.stderr}`);
  const { graph } = JSON.parse(readFileSync(file, "utf8")) as Graph;
  rmSync(folder, { recursive: true });
  return graph;
}

function checkGraph({ nodes, dependencies }: Graph["graph"]): string[] {
  const unknown = Object.keys(nodes).filter((name) => !(name in allowed));
  const crossing = Object.entries(dependencies).flatMap(([project, targets]) =>
    targets
      .filter(({ target, type }) => target in nodes && type !== "implicit")
      .filter(({ target }) => !allowed[project]?.some((entry) => entry.split("/")[0] === target))
      .map(({ target }) => `${project} must not depend on ${target} (ARCHITECTURE.md, Tree)`),
  );
  return [...unknown.map((name) => `${name} has no place in tools/boundaries.ts`), ...crossing];
}

/** The graph knows package.json only; this reads the imports themselves. */
function checkImports(): string[] {
  return globSync("{apps,libs}/*/src/**/*.{ts,tsx}", { cwd: root }).flatMap((file) => {
    const project = file.split("/")[1] ?? "";
    const source = readFileSync(join(root, file), "utf8");
    return [...source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)]
      .map((match) => match[1] ?? "")
      .flatMap((name) => problemOf({ file, project, name }));
  });
}

function problemOf({ file, project, name }: { file: string; project: string; name: string }): string[] {
  const isTest = /\.test\.tsx?$/.test(file) || file.startsWith("apps/e2e/");
  if (name.startsWith(".")) {
    const [top, target] = join(dirname(file), name).split("/");
    const isOwn = target === project || (isTest && top === "tools");
    return isOwn ? [] : [`${file} reaches into ${name}: import the package`];
  }
  const ours = /^@sidehook\/(.+)$/.exec(name)?.[1];
  if (!ours || ours.split("/")[0] === project) return [];
  const entry = ours.split("/").slice(0, 2).join("/");
  const isAllowed = allowed[project]?.some(
    (item) => item === ours || item === entry || item === ours.split("/")[0],
  );
  const isTestingEntry =
    ours.endsWith("/testing") && !isTest && project !== "e2e" && !file.endsWith("testing.ts");
  if (!isAllowed) return [`${file} must not import ${name} (ARCHITECTURE.md, Tree)`];
  return isTestingEntry ? [`${file} imports ${name} outside a test`] : [];
}
