import { eventGroup, ofWordPress } from "./event-type.ts";
import { flag, list, personal, text } from "./field.ts";
import { siteId } from "./field-groups.ts";

const plugin = text("plugin", "Main file of the plugin, from the folder of plugins.", "akismet/akismet.php");

export const maintenance = eventGroup("maintenance", "Maintenance", [
  {
    ...ofWordPress,
    type: "wp_plugin_activated",
    name: "Plugin Activated",
    description: "A plugin was switched on, for one site or for the network.",
    since: "2.9.0",
    hooks: ["activated_plugin"],
    fields: [siteId, plugin, flag("network_wide", "True if it is on for the whole network.", true)],
  },
  {
    ...ofWordPress,
    type: "wp_plugin_deactivated",
    name: "Plugin Deactivated",
    description: "A plugin was switched off, for one site or for the network.",
    since: "2.9.0",
    hooks: ["deactivated_plugin"],
    fields: [siteId, plugin, flag("network_wide", "True if it was on for the whole network.", true)],
  },
  {
    ...ofWordPress,
    type: "wp_plugin_deleted",
    name: "Plugin Deleted",
    description: "The files of a plugin were deleted.",
    since: "4.4.0",
    hooks: ["deleted_plugin"],
    fields: [plugin],
  },
  {
    ...ofWordPress,
    type: "wp_theme_switched",
    name: "Theme Switched",
    description: "A site has another theme than before.",
    since: "1.5.0",
    hooks: ["switch_theme"],
    fields: [
      siteId,
      text("theme", "Folder of the theme now.", "twentytwentyfive"),
      text("old_theme", "Folder of the theme before; may be empty.", "twentytwentyfour"),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_updates_installed",
    name: "Updates Installed",
    description: "WordPress, plugins, themes or translations were installed or updated.",
    since: "3.6.0",
    hooks: ["upgrader_process_complete", "automatic_updates_complete"],
    fields: [
      text("action", "What was done.", "update", { knownValues: ["install", "update"] }),
      text("type", "What it was done to.", "plugin", {
        knownValues: ["core", "plugin", "theme", "translation"],
      }),
      list("items", "The parts with their short names and new versions.", [
        { slug: "akismet", version: "5.4" },
      ]),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_core_updated",
    name: "WordPress Updated",
    description: "WordPress itself was updated.",
    since: "3.3.0",
    hooks: ["_core_updated_successfully"],
    fields: [text("version", "The new version.", "7.1")],
  },
  {
    ...ofWordPress,
    type: "wp_mail_failed",
    name: "Email Failed",
    description: "WordPress could not send a mail.",
    since: "4.4.0",
    hooks: ["wp_mail_failed"],
    fields: [
      siteId,
      text("message", "What went wrong; can name an address.", "The mail server does not answer.", personal),
      text("subject", "Subject of the mail.", "Your receipt", personal),
    ],
  },
]);
