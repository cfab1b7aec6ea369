#include "web/site_told.h"

#include "util/clock.h"
#include "util/esc.h"

#include "web/json.h"

static void
add_text(struct sb *out, const char *name, const char *value)
{
	sb_printf(out, ",\"%s\":", name);
	json_string(out, value);
}

static void
add_text_or_null(struct sb *out, const char *name, const char *value)
{
	if (*value != '\0')
		add_text(out, name, value);
	else
		sb_printf(out, ",\"%s\":null", name);
}

/* WordPress keeps names as HTML, and themes print them as they are. */
static void
add_name(struct sb *out, const char *value)
{
	struct sb html;

	sb_init(&html, 6 * strlen(value) + 1);
	esc_html(&html, value, strlen(value));
	add_text(out, "commenterName", sb_text(&html));
	out->failed |= !sb_ok(&html);
	sb_free(&html);
}

/* What could be no address, but markup where a theme prints it, is none. */
static void
add_email(struct sb *out, const char *value)
{
	add_text(out, "commenterEmail", strpbrk(value, "<>\"") == NULL ? value : "");
}

static void
add_flag(struct sb *out, const char *name, bool value)
{
	sb_printf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
add_id(struct sb *out, const struct hash128 *id)
{
	sb_char(out, '"');
	esc_hex(out, id->b, sizeof(id->b));
	sb_char(out, '"');
}

static void
add_parent(struct sb *out, const struct site_comment *c)
{
	sb_str(out, ",\"parentId\":");
	if (c->has_parent)
		add_id(out, &c->parent_id);
	else
		sb_str(out, "null");
}

/* A number is said only where the site has mapped the comment: the site overwrites its own comment of that number. */
static void
add_numbers(struct sb *out, const struct site_comment *c)
{
	add_text_or_null(out, "externalId", c->site_number);
	sb_printf(out, ",\"meta\":{\"wpPostId\":%s,\"wpUserId\":null,\"wpId\":%s}", c->post_id,
	    *c->site_number != '\0' ? c->site_number : "null");
}

/* A date that nobody knows is told as 1970-01-01: clients expect a date, and none makes the same of null in all of them. */
void
site_told(struct sb *out, const struct integration *site, const struct site_comment *c)
{
	sb_str(out, "{\"_id\":");
	add_id(out, &c->comment_id);
	sb_printf(out, ",\"tenantId\":\"%" PRId64 "\"", site->account_id);
	add_text(out, "urlId", c->post_id);
	add_text(out, "urlIdRaw", c->post_id);
	add_text_or_null(out, "url", c->page_url);
	add_text_or_null(out, "pageTitle", c->page_title);
	sb_str(out, ",\"userId\":null");
	add_name(out, c->author_name);
	add_email(out, c->author_email);
	add_text(out, "comment", c->body_html);
	add_text(out, "commentHTML", c->body_html);
	add_parent(out, c);
	sb_str(out, ",\"date\":");
	json_time(out, c->created_at == CLOCK_UNKNOWN ? 0 : c->created_at);
	sb_printf(out, ",\"votes\":%" PRId64 ",\"votesUp\":%" PRId64 ",\"votesDown\":%" PRId64, c->votes_up - c->votes_down,
	    c->votes_up, c->votes_down);
	add_flag(out, "verified", true);
	add_flag(out, "reviewed", c->is_approved);
	add_text_or_null(out, "avatarSrc", c->author_avatar);
	add_flag(out, "isSpam", c->is_spam);
	add_flag(out, "approved", c->is_approved);
	sb_str(out, ",\"locale\":null,\"isByAdmin\":false,\"isByModerator\":false");
	add_numbers(out, c);
	sb_char(out, '}');
}
