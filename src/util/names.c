/* The words behind the enums of model/: model holds no code, so the tables live here. */
#include "util/base.h"

#include "model/issue.h"
#include "model/job.h"
#include "model/move.h"

const char *const job_kind_names[JOB_KIND__MAX] = {
	[JOB_IMPORT] = "import", [JOB_EXPORT] = "export", [JOB_MOVE] = "move",
	[JOB_COPY] = "copy", [JOB_UNDO] = "undo",
};

const char *const job_state_names[JOB_STATE__MAX] = {
	[JOB_REQUESTED] = "requested", [JOB_RUNNING] = "running", [JOB_COMPLETED] = "completed",
	[JOB_FAILED] = "failed", [JOB_CANCELLED] = "cancelled",
};

const char *const move_kind_names[MOVE_KIND__MAX] = {
	[MOVE_DOMAIN] = "domain", [MOVE_URL] = "url", [MOVE_PREFIX] = "prefix", [MOVE_PAGE_ID] = "page_id",
};

const struct issue_kind issue_kinds[ISSUE__MAX] = {
	[ISSUE_DUPLICATE_ID]	= { "duplicate_id", true, "The same id came earlier in the file" },
	[ISSUE_BAD_RECORD]	= { "bad_record", true, "The record could not be read" },
	[ISSUE_HOLE]		= { "hole", true, "An empty place in the file where the provider could not write a record" },
	[ISSUE_PINGBACK]	= { "pingback", true, "A pingback, trackback or mention: a link from another site, not a comment" },
	[ISSUE_REACTION]	= { "reaction", true, "A like, a share or another reaction: it has no text of its own" },
	[ISSUE_PRIVATE]		= { "private", true, "A private comment, which visitors of the site cannot see" },
	[ISSUE_OTHER_TYPE]	= { "other_type", true, "Not a visitor's comment: an order note, an editor's note, a log entry and the like" },
	[ISSUE_PAGE_NOT_PUBLIC]	= { "page_not_public", true, "On a page that is not public: a draft, one that waits for review, a private or deleted one, an order" },
	[ISSUE_SITE_DELETED]	= { "site_deleted", true, "Of a site that was deleted at the provider" },
	[ISSUE_TYPE_UNKNOWN]	= { "type_unknown", false, "A kind of comment that only a plugin of the site knows; taken as a comment" },
	[ISSUE_PARENT_MISSING]	= { "parent_missing", false, "Reply to a comment that is not here; kept as a comment of its own until that one arrives" },
	[ISSUE_PARENT_CYCLE]	= { "parent_cycle", false, "Replies that answer each other in a circle; the first one became a comment of its own" },
	[ISSUE_PAGE_MISSING]	= { "page_missing", false, "The page of the comment is not in the file; kept on a page without address" },
	[ISSUE_PAGE_URL_ODD]	= { "page_url_odd", false, "The page has an address that is not a usable web address; kept as it is" },
	[ISSUE_DATE_UNKNOWN]	= { "date_unknown", false, "The date is missing, unreadable or impossible; kept without a date" },
	[ISSUE_ID_MADE]		= { "id_made", false, "No id in the file; one was made from page, date, author and text" },
	[ISSUE_ID_HASHED]	= { "id_hashed", false, "An id over 255 bytes was replaced by its hash" },
	[ISSUE_BODY_PLAIN]	= { "body_plain", false, "The text is too long or too deeply nested; kept as plain text" },
	[ISSUE_BODY_CUT]	= { "body_cut", false, "The text is over 1 MiB; cut there" },
	[ISSUE_EMBED_LINKED]	= { "embed_linked", false, "A video, sound, page or object embedded in the text became a link to its address" },
	[ISSUE_PICTURE_LINKED]	= { "picture_linked", false, "A picture in the text became a link to its address" },
	[ISSUE_EMOJI_TEXT]	= { "emoji_text", false, "A picture of an emoji became the emoji's text" },
	[ISSUE_PICTURE_LEFT_OUT] = { "picture_left_out", false, "A picture or object without an address, contained in the text itself, was left out" },
	[ISSUE_LINK_LEFT_OUT]	= { "link_left_out", false, "The address of a link, picture or object in the text cannot be used; its words were kept without the link" },
	[ISSUE_TOOLTIP_LEFT_OUT] = { "tooltip_left_out", false, "A tooltip or the source of a quotation, which the text itself does not show, was left out" },
	[ISSUE_HIDDEN_LEFT_OUT]	= { "hidden_left_out", false, "A script, a style sheet or other content that readers do not see was left out of the text" },
	[ISSUE_NODE_LEFT_OUT]	= { "node_left_out", false, "Something that the provider's editor put into the text is not known; its words and address were kept, if it had any" },
	[ISSUE_DELETED_TEXT]	= { "deleted_text", false, "A deleted comment still had its text in the file; it was left out" },
	[ISSUE_NAME_CUT]	= { "name_cut", false, "The author's name is over 255 characters; cut there" },
	[ISSUE_TITLE_CUT]	= { "title_cut", false, "The page title is over 255 characters; cut there" },
	[ISSUE_URL_LEFT_OUT]	= { "url_left_out", false, "An address is over 2,048 bytes or not a web address; left out" },
	[ISSUE_VALUE_LEFT_OUT]	= { "value_left_out", false, "An e-mail or IP address, an id or a number is a placeholder or unusable; left out" },
	[ISSUE_BYTES_REPAIRED]	= { "bytes_repaired", false, "Bytes that are no valid text were replaced" },
	[ISSUE_READ_AS_UTF8]	= { "read_as_utf8", false, "The file names another encoding than UTF-8, but is UTF-8; read as UTF-8" },
	[ISSUE_READ_AS_WINDOWS_1252] = { "read_as_windows_1252", false, "The file is not UTF-8, as it should be; read as Windows-1252" },
	[ISSUE_CONTROLS_READ]	= { "controls_read", false, "Control characters were read as the quotation marks, dashes and letters of Windows-1252 that they stood for" },
	[ISSUE_CONTROLS_LEFT_OUT] = { "controls_left_out", false, "Control characters were left out of a text, name or title" },
	[ISSUE_LEADING_JUNK]	= { "leading_junk", false, "Something stood in front of the document; passed over" },
	[ISSUE_TRAILING_JUNK]	= { "trailing_junk", false, "Something stood behind the end of the document; passed over" },
	[ISSUE_JSON_REPAIRED]	= { "json_repaired", false, "Damage between records, such as a missing comma, was repaired" },
	[ISSUE_AUTHOR_MISSING]	= { "author_missing", false, "The author is not in the file's list; kept as Anonymous" },
	[ISSUE_EXTRA_DROPPED]	= { "extra_dropped", false, "More than 8 KiB of additional fields; left out" },
	[ISSUE_LAST_LINE_CUT]	= { "last_line_cut", false, "The last line of the file is incomplete; passed over" },
	[ISSUE_FILE_BROKEN]	= { "file_broken", false, "The file breaks off or cannot be read on here; what is complete was taken" },
	[ISSUE_FILE_PASSED_OVER] = { "file_passed_over", false, "Another file in the archive, in which there is no export; passed over" },
};

enum issue_reason
issue_by_name(const char *name)
{
	int i;

	for (i = 0; i < ISSUE__MAX; i++)
		if (strcmp(issue_kinds[i].name, name) == 0)
			break;
	return i;
}
