/**
 * Makes the plugin's zip, which WordPress installs: `node tools/plugin-zip.ts [folder]`, `npm run plugin`. The same
 * files make the same bytes, whoever makes it and when.
 */
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

const root = dirname(import.meta.dirname);
const plugin = join(root, "wp-bridge");
/** What only those who work on it need; the receiver is for others. */
const left = ["tests", "bench", "receiver", "project.json", "phpunit.xml"];

const folder = resolve(process.argv[2] ?? join(root, "dist"));
const file = join(folder, `sidehook-${readVersion()}.zip`);
mkdirSync(folder, { recursive: true });
writeFileSync(file, buildZip(listFiles()));
console.log(file);

function readVersion(): string {
  const [, version] = /^ \* Version: +(\S+)$/m.exec(readFileSync(join(plugin, "sidehook.php"), "utf8")) ?? [];
  if (version === undefined) throw new Error("sidehook.php has no version");
  return version;
}

function listFiles(): string[] {
  return globSync("**", { cwd: plugin, exclude: left })
    .filter((name) => statSync(join(plugin, name)).isFile())
    .toSorted();
}

interface Entry {
  name: Buffer;
  packed: Buffer;
  /** The fields that the entry and the directory of the zip have in common. */
  fields: Buffer;
}

function buildZip(names: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, packed, fields } of names.map(pack)) {
    const local = Buffer.concat([u32(0x04034b50), fields, name, packed]);
    parts.push(local);
    // Made by Unix; a file that everybody may read and its owner may change.
    const rest = Buffer.concat([u16(0), u16(0), u16(0), u32(0o100644 * 65_536), u32(offset)]);
    directory.push(Buffer.concat([u32(0x02014b50), u16(0x0314), fields, rest, name]));
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const counts = [u16(names.length), u16(names.length), u32(listing.length), u32(offset), u16(0)];
  return Buffer.concat([...parts, listing, u32(0x06054b50), u16(0), u16(0), ...counts]);
}

function pack(path: string): Entry {
  const name = Buffer.from(`sidehook/${path}`);
  const bytes = readFileSync(join(plugin, path));
  const packed = deflateRawSync(bytes, { level: 9 });
  // Version 2.0, names in UTF-8, deflated, at midnight of 1 January 1980.
  const head = [u16(20), u16(0x0800), u16(8), u16(0), u16(33), u32(crc32(bytes))];
  const fields = Buffer.concat([...head, u32(packed.length), u32(bytes.length), u16(name.length), u16(0)]);
  return { name, packed, fields };
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
