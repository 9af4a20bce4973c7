import type { Services } from "./services.ts";

/** What the start prints: where to go, how to sign in, what to put into wp-config.php. */
export function welcomeText(
  { publicUrl, keys }: Pick<Services, "publicUrl" | "keys">,
  signInLink: string,
): string {
  return `
  Sidehook is running at ${publicUrl}

  Sign in (works once, within an hour):
    ${signInLink}

  To connect WordPress, put these lines into wp-config.php and network-activate the plugin:
    define( 'SIDEHOOK_URL', '${publicUrl}' );
    define( 'SIDEHOOK_KEY', '${keys.bridgeKey}' );
`;
}
