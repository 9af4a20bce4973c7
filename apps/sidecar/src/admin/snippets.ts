import type { EventType, Field } from "@sidehook/events";

/** A receiver in TypeScript for one event type, ready to be pasted. */
export function typescriptSnippet({ type, fields }: EventType): string {
  return `import { createMemoryStore, receiveOnce } from "@sidehook/events/receiver";

const store = createMemoryStore();
const secrets = process.env.WEBHOOK_SECRET ?? "";

await receiveOnce(request, { secrets, store }, async (event) => {
  if (event.type === "${type}") {
    const { ${firstNames(fields).join(", ")} } = event.normalized;
  }
});`;
}

/** The same in PHP, with the one file that comes with the plugin. */
export function phpSnippet({ type, fields }: EventType): string {
  const lines = firstNames(fields).map((name) => `\t$${name} = $event->normalized()['${name}'];`);
  return `require 'sidehook-receiver.php';

$event = Sidehook\\Receiver\\receive( getenv( 'WEBHOOK_SECRET' ) );
if ( '${type}' === $event->type ) {
${lines.join("\n")}
}
http_response_code( 204 );`;
}

function firstNames(fields: readonly Field[]): string[] {
  return fields.slice(0, 3).map(({ name }) => name);
}
