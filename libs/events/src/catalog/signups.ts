import { eventGroup, ofWordPress } from "./event-type.ts";
import { text, whole, type Field } from "./field.ts";
import { networkSite, user } from "./field-groups.ts";

/** Nobody has an account yet: there is no id and no name to show. */
const applicant: readonly Field[] = user.filter(({ name }) => name === "login" || name === "email");

export const signups = eventGroup("signups", "Sign-ups", [
  {
    ...ofWordPress,
    type: "wp_signup_user_created",
    name: "User Signup Pending",
    description:
      "Somebody signed up for an account, which comes into being when the link in the mail is opened.",
    since: "4.4.0",
    hooks: ["after_signup_user"],
    fields: applicant,
  },
  {
    ...ofWordPress,
    type: "wp_signup_site_created",
    name: "Site Signup Pending",
    description: "Somebody signed up for a site, which comes into being when the link in the mail is opened.",
    since: "4.4.0",
    hooks: ["after_signup_site"],
    fields: [
      text("domain", "Host name the site will have.", "network.example"),
      text("path", "Path the site will have on that host.", "/bakery/"),
      text("title", "Title the site will have.", "Example Bakery"),
      ...applicant,
    ],
  },
  {
    ...ofWordPress,
    type: "wp_signup_user_activated",
    name: "User Signup Activated",
    description: "Somebody who had signed up opened the link in the mail, and the account exists.",
    since: "3.0.0",
    hooks: ["wpmu_activate_user"],
    fields: user,
  },
  {
    ...ofWordPress,
    type: "wp_signup_site_activated",
    name: "Site Signup Activated",
    description: "Somebody who had signed up for a site opened the link in the mail, and the site exists.",
    since: "3.0.0",
    hooks: ["wpmu_activate_blog"],
    fields: [
      ...networkSite,
      whole("user_id", "Id of the user the site belongs to.", 9),
      text("title", "Title of the site.", "Example Bakery"),
    ],
  },
]);
