/** Something that is done on a network, and every event it must cause: no other, and none twice. */
export interface Scenario {
  title: string;
  /** PHP, run in a process of its own on the command line; what it defines is gone afterwards. */
  code: string;
  /** Path of the site it is run on. */
  path?: string;
  events: readonly string[];
  /** True if a receiver must not hear of them in another order. */
  isInOrder?: true;
  /** What a payload must hold beside being valid, by event type. */
  holds?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Admin functions that plugins have at hand in the admin; mails have a sender that PHPMailer takes. */
export const prelude = `
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
add_filter( 'wp_mail_from', fn () => 'network@network.example' );
$user_id = fn ( string $login ): int => get_user_by( 'login', $login )->ID;
$site_id = fn ( string $path ): int => get_blog_id_from_url( DOMAIN_CURRENT_SITE, $path );
`;
