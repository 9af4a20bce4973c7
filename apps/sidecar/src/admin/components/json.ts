const indent = "  ";

/**
 * Lays out a JSON text for reading; null if it is none. Only the space between the values changes: parsing and
 * writing again would turn 29.90 into 29.9 and lose the last digits of long numbers.
 */
export function formatJson(text: string): string | null {
  if (!isJson(text)) return null;
  let depth = 0;
  return text.replaceAll(tokens, (token) => {
    switch (token) {
      case "{":
      case "[":
        return `${token}\n${indent.repeat(++depth)}`;
      case "}":
      case "]":
        return `\n${indent.repeat(--depth)}${token}`;
      case ",":
        return `,\n${indent.repeat(depth)}`;
      case ":":
        return ": ";
      default:
        return token.startsWith('"') ? token : token.replaceAll(/\s/g, "");
    }
  });
}

/** Strings come first, so that nothing inside them counts; empty containers stay on one line. */
const tokens = /"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[{}[\],:]|\s+/g;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // a body need not be JSON: it is then shown as it is
  }
}
