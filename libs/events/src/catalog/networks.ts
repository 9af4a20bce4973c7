import { eventGroup } from "./event-type.ts";
import { text, whole } from "./field.ts";
import { siteId } from "./field-groups.ts";

const networkId = whole("network_id", "Id of the network.", 2);
/** Ultimate Multisite's own add-on for several networks stands on the same plugin. */
const fromMultiNetwork = { source: "wp-multi-network", status: "addon", since: "1.3.0" } as const;

export const networks = eventGroup("networks", "Networks", [
  {
    ...fromMultiNetwork,
    type: "network_created",
    name: "Network Created",
    description: "A further network was added to this WordPress.",
    hooks: ["add_network"],
    fields: [networkId],
  },
  {
    ...fromMultiNetwork,
    type: "network_updated",
    name: "Network Updated",
    description: "A network was saved again, for example with another domain.",
    hooks: ["update_network"],
    fields: [networkId],
  },
  {
    ...fromMultiNetwork,
    type: "network_deleted",
    name: "Network Deleted",
    description: "A network was deleted for good.",
    hooks: ["delete_network"],
    fields: [networkId, text("domain", "Host name the network had.", "second.example")],
  },
  {
    ...fromMultiNetwork,
    type: "site_moved",
    name: "Site Moved To Another Network",
    description: "A site left one network of this WordPress for another.",
    hooks: ["move_site"],
    fields: [
      siteId,
      whole("old_network_id", "Id of the network it left.", 1),
      whole("new_network_id", "Id of the network it came to.", 2),
    ],
  },
  {
    type: "network_published",
    name: "Pending Network Published",
    source: "ultimate-multisite-multinetwork",
    status: "addon",
    description: "The network a customer ordered came into being.",
    hooks: ["wu_pending_network_published"],
    fields: [networkId, whole("membership_id", "Id of the membership it belongs to.", 7)],
  },
]);
