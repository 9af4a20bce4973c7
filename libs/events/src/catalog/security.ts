import { eventGroup, ofWordPress } from "./event-type.ts";
import { list, nullable, personal, text, whole } from "./field.ts";
import { siteId, user } from "./field-groups.ts";

export const security = eventGroup("security", "Security", [
  {
    ...ofWordPress,
    type: "wp_login",
    name: "User Logged In",
    description: "A user signed in. Can happen often.",
    since: "1.5.0",
    hooks: ["wp_login"],
    fields: [
      siteId,
      ...user,
      text("ip", "Address the user came from, null unless it is wanted.", "203.0.113.9", {
        ...nullable,
        ...personal,
      }),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_login_failed",
    name: "Login Failed",
    description:
      "Somebody tried to sign in and could not. Tries with the same name within a minute may be told as one.",
    since: "2.5.0",
    hooks: ["wp_login_failed"],
    fields: [
      siteId,
      text(
        "username",
        "What was typed as the name; at times it is a password by mistake.",
        "robin",
        personal,
      ),
      list("error_codes", "Why not, as short codes.", ["incorrect_password"]),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_logout",
    name: "User Logged Out",
    description: "A user signed out.",
    since: "1.5.0",
    hooks: ["wp_logout"],
    fields: [siteId, whole("user_id", "Id of the user.", 9)],
  },
  {
    ...ofWordPress,
    type: "wp_password_changed",
    name: "Password Changed",
    description: "A user has a new password: chosen after a reset, or set by an admin or a plugin.",
    since: "4.4.0",
    hooks: ["after_password_reset", "wp_set_password"],
    fields: user,
  },
  {
    ...ofWordPress,
    type: "wp_application_password_created",
    name: "Application Password Created",
    description: "A user made a password by which a program can act for them.",
    since: "5.6.0",
    hooks: ["wp_create_application_password"],
    fields: [
      ...user,
      text("app_name", "Name the user gave to the program.", "Build server"),
      text(
        "uuid",
        "Id of the password, by which it can be taken back.",
        "0192f0c1-5d1a-4c53-9a58-0c6b1d1f7a10",
      ),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_super_admin_granted",
    name: "Super Admin Granted",
    description: "A user became a super admin and may now do everything on the network.",
    since: "3.0.0",
    hooks: ["granted_super_admin"],
    fields: user,
  },
  {
    ...ofWordPress,
    type: "wp_super_admin_revoked",
    name: "Super Admin Revoked",
    description: "A user is no longer a super admin.",
    since: "3.0.0",
    hooks: ["revoked_super_admin"],
    fields: user,
  },
]);
