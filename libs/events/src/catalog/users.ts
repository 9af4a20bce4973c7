import { eventGroup } from "./event-type.ts";
import { text, time, whole } from "./field.ts";
import { user } from "./field-groups.ts";

export const users = eventGroup("users", "Users", [
  {
    type: "wp_user_created",
    name: "User Created",
    source: "wordpress",
    status: "derived",
    description: "A user account was made, by a sign-up, an admin, REST or a plugin.",
    since: "1.5.0",
    fields: [...user, time("registered", "When the account was made", "2026-11-21T23:45:35Z")],
  },
  {
    type: "wp_user_added_to_site",
    name: "User Added To Site",
    source: "wordpress",
    status: "derived",
    description: "A user got a role on a site of the network.",
    since: "3.0.0",
    fields: [whole("site_id", "Id of the site.", 3), ...user, text("role", "The role.", "editor")],
  },
  {
    type: "wp_user_deleted",
    name: "User Deleted",
    source: "wordpress",
    status: "derived",
    description: "A user account was deleted from the network.",
    since: "3.0.0",
    fields: user,
  },
]);
