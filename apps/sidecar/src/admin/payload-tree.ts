/** A JSON text as a tree. Numbers and texts stay as they were written: 29.90 is not 29.9, and long numbers keep every digit. */
export type Tree =
  | { kind: "object" | "list"; items: readonly (readonly [name: string, tree: Tree])[] }
  | { kind: "value"; source: string };

/** How a part of a payload differs from the payload before. */
export type Change = "new" | "gone" | "changed" | "same";

/** A part of a payload with what it was before, and all that is in it. */
export interface ComparedTree {
  name: string;
  change: Change;
  /** Null for what has parts. */
  source: string | null;
  /** What stood there before, where that was a value; null otherwise. */
  before: string | null;
  kind: Tree["kind"];
  items: readonly ComparedTree[];
}

/** Nobody unfolds more than this, and the page would be many times as long as the payload. */
const maxTreeLength = 32_000;

/** Undefined for a text that is no JSON, or that is too long to be looked at as a tree. */
export function parseTree(text: string): Tree | undefined {
  if (text.length > maxTreeLength) return undefined;
  try {
    return JSON.parse(text, toTree) as Tree;
  } catch {
    return undefined; // what is stored need not be JSON: it is then shown as it is
  }
}

function toTree(_: string, value: unknown, { source }: { source?: string } = {}): Tree {
  if (typeof value !== "object" || value === null) return { kind: "value", source: source ?? "" };
  return {
    kind: Array.isArray(value) ? "list" : "object",
    items: Object.entries(value as Record<string, Tree>),
  };
}

/** Compares with the tree before; without one everything is the same. */
export function compareTrees(now: Tree, before: Tree | undefined, name = ""): ComparedTree {
  if (!before) return withAll(now, name, "same");
  if (now.kind === "value" || before.kind === "value") {
    const isSame = now.kind === "value" && before.kind === "value" && now.source === before.source;
    if (isSame) return withAll(now, name, "same");
    return { ...withAll(now, name, "changed"), before: before.kind === "value" ? before.source : null };
  }
  const was = new Map(before.items);
  const is = new Set(now.items.map(([key]) => key));
  const items = [
    ...now.items.map(([key, tree]) => {
      const old = was.get(key);
      return old ? compareTrees(tree, old, key) : withAll(tree, key, "new");
    }),
    ...before.items.filter(([key]) => !is.has(key)).map(([key, tree]) => withAll(tree, key, "gone")),
  ];
  const change = items.some((item) => item.change !== "same") ? "changed" : "same";
  return { name, change, source: null, before: null, kind: now.kind, items };
}

/** The whole of it with one mark. */
function withAll(tree: Tree, name: string, change: Change): ComparedTree {
  const items = tree.kind === "value" ? [] : tree.items.map(([key, item]) => withAll(item, key, change));
  return {
    name,
    change,
    source: tree.kind === "value" ? tree.source : null,
    before: null,
    kind: tree.kind,
    items,
  };
}

/** How many values differ. */
export function countChanges(tree: ComparedTree): number {
  if (tree.items.length > 0) return tree.items.reduce((sum, item) => sum + countChanges(item), 0);
  return tree.change === "same" ? 0 : 1;
}
