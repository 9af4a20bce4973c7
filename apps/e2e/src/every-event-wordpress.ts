// What WordPress's own functions do: users, sites, sign-ups.
import type { Scenario } from "./every-event-scenario.ts";

const users: readonly Scenario[] = [
  {
    title: "a user is made",
    code: "wpmu_create_user( 'robin', 'correct-horse', 'robin@example.com' );",
    events: ["wp_user_created"],
    holds: { wp_user_created: { login: "robin", email: "robin@example.com" } },
  },
  {
    title: "a user is added to a site and gets another role there",
    code: `
      add_user_to_blog( 2, $user_id( 'robin' ), 'editor' );
      switch_to_blog( 2 );
      ( new WP_User( $user_id( 'robin' ) ) )->set_role( 'author' );
      ( new WP_User( $user_id( 'robin' ) ) )->set_role( 'author' );
      restore_current_blog();`,
    events: ["wp_user_added_to_site", "wp_user_role_changed"],
    holds: { wp_user_role_changed: { site_id: 2, role: "author", old_roles: ["editor"] } },
  },
  {
    title: "a profile is saved three times, once without a change",
    code: `
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'display_name' => 'Robin' ) );
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'display_name' => 'Robin Example', 'user_url' => 'https://robin.example' ) );
      wp_update_user( array( 'ID' => $user_id( 'robin' ) ) );`,
    events: ["wp_user_updated"],
    holds: {
      wp_user_updated: {
        changes: {
          display_name: { old: "robin", new: "Robin Example" },
          url: { old: "", new: "https://robin.example" },
        },
      },
    },
  },
  {
    title: "a profile is changed and changed back",
    code: `
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'display_name' => 'Somebody' ) );
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'display_name' => 'Robin Example' ) );`,
    events: [],
  },
  {
    title: "a password is changed in a profile, and after a reset",
    code: `
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'user_pass' => 'staple-battery' ) );
      reset_password( get_user_by( 'login', 'shopkeeper' ), 'correct-horse-battery' );`,
    events: ["wp_password_changed", "wp_password_changed", "wp_user_updated"],
    holds: { wp_user_updated: { changes: { password_changed: true } } },
  },
  {
    title: "a user is marked as a spammer, and no longer",
    code: `
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'spam' => '1' ) );
      wp_update_user( array( 'ID' => $user_id( 'robin' ), 'spam' => '0' ) );`,
    events: ["wp_user_spammed", "wp_user_unspammed"],
  },
  {
    title: "a user becomes a super admin, and is one no longer",
    code: "grant_super_admin( $user_id( 'robin' ) ); revoke_super_admin( $user_id( 'robin' ) );",
    events: ["wp_super_admin_granted", "wp_super_admin_revoked"],
  },
  {
    title: "a user makes a password for a program",
    code: "WP_Application_Passwords::create_new_application_password( $user_id( 'robin' ), array( 'name' => 'Build server' ) );",
    events: ["wp_application_password_created"],
    holds: { wp_application_password_created: { app_name: "Build server" } },
  },
  {
    title: "somebody signs in, fails to, and signs out",
    code: `
      wp_signon( array( 'user_login' => 'shopkeeper', 'user_password' => 'correct-horse-battery' ) );
      wp_signon( array( 'user_login' => 'shopkeeper', 'user_password' => 'wrong' ) );
      wp_set_current_user( $user_id( 'shopkeeper' ) );
      wp_logout();`,
    events: ["wp_login", "wp_login_failed", "wp_logout"],
    holds: { wp_login_failed: { username: "shopkeeper", error_codes: ["incorrect_password"] } },
  },
  {
    title: "a user leaves a site, and then the network",
    code: "remove_user_from_blog( $user_id( 'robin' ), 2 ); wpmu_delete_user( $user_id( 'robin' ) );",
    events: ["wp_user_removed_from_site", "wp_user_deleted"],
  },
];

// Debian's WordPress wants the id of the sign-up beside the key; others leave it alone.
const signups: readonly Scenario[] = [
  {
    title: "somebody signs up for an account, and opens the link",
    code: `
      add_action( 'after_signup_user', function ( ...$given ) use ( &$signup ) { $signup = $given; }, 10, 9 );
      wpmu_signup_user( 'samexample', 'sam@example.com' );
      wpmu_activate_signup( $signup[2], $signup[4] ?? null );`,
    events: ["wp_signup_user_created", "wp_user_created", "wp_signup_user_activated"],
    holds: { wp_signup_user_created: { login: "samexample", email: "sam@example.com" } },
  },
  {
    title: "somebody signs up for a site, and opens the link",
    code: `
      add_action( 'after_signup_site', function ( ...$given ) use ( &$signup ) { $signup = $given; }, 10, 9 );
      wpmu_signup_blog( DOMAIN_CURRENT_SITE, '/alex/', 'Alex & <Co>', 'alexexample', 'alex@example.com' );
      wpmu_activate_signup( $signup[5], $signup[7] ?? null );`,
    events: [
      "wp_signup_site_created",
      "wp_user_created",
      "wp_site_created",
      "wp_user_added_to_site",
      "wp_signup_site_activated",
    ],
    holds: { wp_signup_site_created: { path: "/alex/", title: "Alex & <Co>", login: "alexexample" } },
  },
];

const sites: readonly Scenario[] = [
  {
    title: "a site is made that search engines may not list",
    code: "wpmu_create_blog( DOMAIN_CURRENT_SITE, '/garden/', 'Garden', 1, array( 'public' => 0 ) );",
    events: ["wp_site_created", "wp_user_added_to_site"],
    holds: { wp_site_created: { path: "/garden/", title: "Garden", public: false, owner_user_id: 1 } },
  },
  {
    title: "a site gets every mark and loses it",
    code: `
      foreach ( array( 'archived', 'spam', 'mature', 'deleted' ) as $mark ) {
        update_blog_status( $site_id( '/garden/' ), $mark, '1' );
        update_blog_status( $site_id( '/garden/' ), $mark, '1' );
        update_blog_status( $site_id( '/garden/' ), $mark, '0' );
      }`,
    events: [
      "wp_site_archived",
      "wp_site_unarchived",
      "wp_site_spammed",
      "wp_site_unspammed",
      "wp_site_matured",
      "wp_site_unmatured",
      "wp_site_deactivated",
      "wp_site_reactivated",
    ],
  },
  {
    title: "search engines may list a site now, and it moves",
    code: `
      $id = $site_id( '/garden/' );
      wp_update_site( $id, array( 'public' => 1 ) );
      wp_update_site( $id, array( 'path' => '/yard/' ) );
      wp_update_site( $id, array( 'last_updated' => current_time( 'mysql', true ) ) );`,
    events: ["wp_site_visibility_changed", "wp_site_updated"],
    holds: {
      wp_site_visibility_changed: { public: true },
      wp_site_updated: {
        changes: { public: { old: 0, new: 1 }, path: { old: "/garden/", new: "/yard/" } },
      },
    },
  },
  {
    title: "a site is deleted",
    code: "wp_delete_site( $site_id( '/yard/' ) );",
    events: ["wp_user_removed_from_site", "wp_site_deleted"],
    holds: { wp_site_deleted: { path: "/yard/", title: "Garden" } },
  },
];

export const wordpressScenarios: readonly Scenario[] = [...users, ...signups, ...sites];
