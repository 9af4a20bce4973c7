import { eventGroup, ofWordPress } from "./event-type.ts";
import { nullable, personal, text, time, url, whole, type Field } from "./field.ts";
import { siteId } from "./field-groups.ts";

const post: readonly Field[] = [
  siteId,
  whole("post_id", "Id of the entry on that site.", 21),
  text("post_type", "Post type of the entry: post, page, or one that a plugin has added.", "post"),
  text("title", "Title of the entry.", "Fresh every morning"),
  text("slug", "Short name of the entry, as it stands in its URL.", "fresh-every-morning"),
  whole("author_id", "Id of the user who wrote it.", 9),
  url(
    "url",
    "Where visitors see it, null if they cannot.",
    "https://network.example/bakery/fresh-every-morning/",
    nullable,
  ),
  time("modified", "When it was last changed", "2026-11-21T23:45:35Z"),
];

const commentId = whole("comment_id", "Id of the comment on that site.", 4);

export const content = eventGroup("content", "Content", [
  {
    ...ofWordPress,
    type: "wp_post_published",
    name: "Post Published",
    description: "A post, a page or another entry can be seen by visitors from now on, on any site.",
    since: "2.3.0",
    hooks: ["transition_post_status", "wp_after_insert_post"],
    fields: [...post, text("old_status", "State before.", "draft")],
  },
  {
    ...ofWordPress,
    type: "wp_post_updated",
    name: "Post Updated",
    description: "A published post, page or other entry was changed.",
    since: "5.6.0",
    hooks: ["wp_after_insert_post"],
    fields: post,
  },
  {
    ...ofWordPress,
    type: "wp_post_trashed",
    name: "Post Trashed",
    description: "A post, a page or another entry was put in the bin, from which it can be taken back.",
    since: "2.9.0",
    hooks: ["trashed_post"],
    fields: post,
  },
  {
    ...ofWordPress,
    type: "wp_post_deleted",
    name: "Post Deleted",
    description: "A post, a page or another entry was deleted for good.",
    since: "2.2.0",
    hooks: ["deleted_post"],
    fields: post,
  },
  {
    ...ofWordPress,
    type: "wp_comment_created",
    name: "Comment Created",
    description: "Somebody wrote a comment; it may still wait for approval.",
    since: "1.2.0",
    hooks: ["comment_post", "wp_insert_comment"],
    fields: [
      siteId,
      commentId,
      whole("post_id", "Id of the entry it is about.", 21),
      text("author_name", "Name of whoever wrote it.", "Sam Example", personal),
      text("approved", "Whether it is shown: 1 for yes, 0 while it waits, or where it was put.", "1", {
        knownValues: ["1", "0", "spam", "trash"],
      }),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_comment_status_changed",
    name: "Comment Status Changed",
    description: "A comment was approved, taken back, marked as spam or put in the bin.",
    since: "2.7.0",
    hooks: ["transition_comment_status"],
    fields: [
      siteId,
      commentId,
      text("old_status", "State before.", "unapproved"),
      text("new_status", "State now.", "approved"),
    ],
  },
  {
    ...ofWordPress,
    type: "wp_comment_deleted",
    name: "Comment Deleted",
    description: "A comment was deleted for good.",
    since: "2.9.0",
    hooks: ["deleted_comment"],
    fields: [siteId, commentId],
  },
  {
    ...ofWordPress,
    type: "wp_attachment_added",
    name: "Media Added",
    description: "A picture or another file was added to the media of a site.",
    since: "2.0.0",
    hooks: ["add_attachment"],
    fields: [
      siteId,
      whole("attachment_id", "Id of the file on that site.", 8),
      text("mime", "Media type of the file.", "image/png"),
      url("url", "Where the file is.", "https://network.example/bakery/files/bread.png"),
    ],
  },
]);
