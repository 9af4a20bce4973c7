import { eventGroup, ofWordPress } from "./event-type.ts";
import { text, whole } from "./field.ts";

const requestId = whole("request_id", "Id of the request.", 2);

export const privacy = eventGroup("privacy", "Privacy", [
  {
    ...ofWordPress,
    type: "wp_privacy_request_confirmed",
    name: "Privacy Request Confirmed",
    description: "A person confirmed that they want their personal data, or want it erased.",
    since: "4.9.6",
    hooks: ["user_request_action_confirmed"],
    fields: [
      requestId,
      text("action", "What they want.", "export_personal_data", {
        knownValues: ["export_personal_data", "remove_personal_data"],
      }),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_privacy_data_erased",
    name: "Personal Data Erased",
    description:
      "WordPress has erased the personal data of a person who asked for it. Erase what you keep of them as well.",
    since: "4.9.6",
    hooks: ["wp_privacy_personal_data_erased"],
    fields: [requestId],
  },
]);
