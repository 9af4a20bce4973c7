// What WordPress's own functions do: posts, comments, plugins, updates, privacy.
import type { Scenario } from "./every-event-scenario.ts";

const content: readonly Scenario[] = [
  {
    title: "a draft becomes a post",
    path: "/shop/",
    code: `
      $id = wp_insert_post( array( 'post_title' => 'Fresh', 'post_status' => 'draft', 'post_author' => 1 ) );
      wp_update_post( array( 'ID' => $id, 'post_content' => 'Bread' ) );
      wp_update_post( array( 'ID' => $id, 'post_status' => 'publish' ) );`,
    events: ["wp_post_published"],
    holds: {
      wp_post_published: { site_id: 2, title: "Fresh", slug: "fresh", old_status: "draft", author_id: 1 },
    },
  },
  {
    title: "a post is published at once, and what is no post for visitors too",
    path: "/shop/",
    code: `
      wp_insert_post( array( 'post_title' => 'Baked', 'post_name' => 'baked', 'post_status' => 'publish', 'post_author' => 1 ) );
      wp_insert_post( array( 'post_title' => 'Menu', 'post_type' => 'nav_menu_item', 'post_status' => 'publish' ) );
      wp_insert_post( array( 'post_title' => 'Idea', 'post_status' => 'draft' ) );`,
    events: ["wp_post_published"],
    holds: { wp_post_published: { slug: "baked", old_status: "new" } },
  },
  {
    title: "a post is saved twice",
    path: "/shop/",
    code: `
      $id = get_page_by_path( 'baked', OBJECT, 'post' )->ID;
      wp_update_post( array( 'ID' => $id, 'post_title' => 'Baked today' ) );
      wp_update_post( array( 'ID' => $id, 'post_title' => 'Baked this morning' ) );`,
    events: ["wp_post_updated"],
    holds: { wp_post_updated: { title: "Baked this morning" } },
  },
  {
    title: "a post is put in the bin, and another is deleted for good",
    path: "/shop/",
    code: `
      wp_trash_post( get_page_by_path( 'baked', OBJECT, 'post' )->ID );
      wp_delete_post( get_page_by_path( 'fresh', OBJECT, 'post' )->ID, true );`,
    events: ["wp_post_trashed", "wp_post_deleted"],
    holds: { wp_post_trashed: { url: null } },
  },
  {
    title: "somebody comments, an admin approves it, and deletes it",
    path: "/news/",
    code: `
      $id = wp_new_comment( array(
        'comment_post_ID' => 1, 'comment_author' => 'Sam Example', 'comment_author_email' => 'sam@example.com',
        'comment_author_url' => '', 'comment_content' => 'Tasty.', 'comment_type' => 'comment', 'user_id' => 0,
        'comment_author_IP' => '203.0.113.9', 'comment_agent' => 'test',
      ) );
      wp_set_comment_status( $id, 'approve' );
      wp_delete_comment( $id, true );`,
    events: ["wp_comment_created", "wp_comment_status_changed", "wp_comment_deleted"],
    holds: {
      wp_comment_created: { site_id: 3, post_id: 1, author_name: "Sam Example", approved: "0" },
      wp_comment_status_changed: { old_status: "unapproved", new_status: "approved" },
    },
  },
  {
    title: "a picture is added",
    path: "/shop/",
    code: "wp_insert_attachment( array( 'post_title' => 'Bread', 'post_mime_type' => 'image/png' ), '2026/11/bread.png' );",
    events: ["wp_attachment_added"],
    holds: { wp_attachment_added: { mime: "image/png" } },
  },
];

/** A plugin that does nothing, as a folder and as an archive. */
const quietPlugin = `
  mkdir( WP_PLUGIN_DIR . '/quiet' );
  file_put_contents( WP_PLUGIN_DIR . '/quiet/quiet.php', "<?php\\n/* Plugin Name: Quiet\\nVersion: 1.2 */" );`;

const maintenance: readonly Scenario[] = [
  {
    title: "a plugin is switched on and off, and deleted",
    path: "/shop/",
    code: `${quietPlugin}
      wp_cache_delete( 'plugins', 'plugins' );
      activate_plugin( 'quiet/quiet.php' );
      deactivate_plugins( 'quiet/quiet.php' );
      delete_plugins( array( 'quiet/quiet.php' ) );`,
    events: ["wp_plugin_activated", "wp_plugin_deactivated", "wp_plugin_deleted"],
    holds: { wp_plugin_activated: { site_id: 2, plugin: "quiet/quiet.php", network_wide: false } },
  },
  {
    title: "a plugin is installed from an archive",
    code: `
      $archive = wp_tempnam( 'loud.zip' );
      $zip     = new ZipArchive();
      $zip->open( $archive, ZipArchive::OVERWRITE );
      $zip->addFromString( 'loud/loud.php', "<?php\\n/* Plugin Name: Loud\\nVersion: 3.4 */" );
      $zip->close();
      ( new Plugin_Upgrader( new Automatic_Upgrader_Skin() ) )->install( $archive );`,
    events: ["wp_updates_installed"],
    holds: {
      wp_updates_installed: { action: "install", type: "plugin", items: [{ slug: "loud", version: "3.4" }] },
    },
  },
  {
    title: "WordPress is updated",
    code: `
      WP_Filesystem();
      $from = get_temp_dir() . 'sidehook-core-' . getmypid();
      wp_mkdir_p( "$from/wordpress/wp-includes" );
      touch( "$from/wordpress/readme.html" );
      file_put_contents( "$from/wordpress/wp-includes/version.php", str_replace( "'$wp_version'", "'6.1.99'", file_get_contents( ABSPATH . 'wp-includes/version.php' ) ) );
      require_once ABSPATH . 'wp-admin/includes/update-core.php';
      $GLOBALS['_old_files'] = array();
      update_core( $from, ABSPATH );`,
    events: ["wp_core_updated"],
    holds: { wp_core_updated: { version: "6.1.99" } },
  },
  {
    title: "a site gets another theme",
    path: "/shop/",
    code: `
      mkdir( get_theme_root() . '/plain' );
      file_put_contents( get_theme_root() . '/plain/style.css', "/* Theme Name: Plain */" );
      file_put_contents( get_theme_root() . '/plain/index.php', '' );
      switch_theme( 'plain' );`,
    events: ["wp_theme_switched"],
    holds: { wp_theme_switched: { site_id: 2, theme: "plain", old_theme: "twentytwentythree" } },
  },
  {
    title: "a mail cannot be sent",
    code: `
      add_filter( 'wp_mail_from', fn () => 'nonsense', 99 );
      wp_mail( 'robin@example.com', 'Your receipt', 'Nobody may read this.' );`,
    events: ["wp_mail_failed"],
    holds: { wp_mail_failed: { subject: "Your receipt" } },
  },
];

const privacy: readonly Scenario[] = [
  {
    title: "a person's data is erased",
    code: `
      $id = wp_create_user_request( 'sam@example.com', 'remove_personal_data' );
      $erasers = count( apply_filters( 'wp_privacy_personal_data_erasers', array() ) );
      $response = array( 'done' => true, 'items_removed' => true, 'items_retained' => false, 'messages' => array() );
      wp_privacy_process_personal_data_erasure_page( $response, $erasers, 'sam@example.com', 1, $id );`,
    events: ["wp_privacy_data_erased"],
  },
];

export const contentScenarios: readonly Scenario[] = [...content, ...maintenance, ...privacy];
