#include <gumbo.h>
#include <strings.h>

#include "text/attribute.h"

#include "util/canonical_html.h"
#include "util/utf8.h"

#include "model/comment.h"

#include "text/span.h"

#define EMOJI_BYTES	48	/* a longer text says more than an emoji; four people with skin tones have 41 */

const char *
attribute_value(const GumboNode *node, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&node->v.element.attributes, name);

	return a != NULL ? a->value : NULL;
}

const char *
attribute_said(const GumboNode *node, const char *name)
{
	const char *value = attribute_value(node, name);

	return value != NULL && !span_blank((struct span){ value, strlen(value) }) ? value : NULL;
}

bool
attribute_address(struct sb *sb, const char *s)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:" };
	struct span in = span_trim((struct span){ s, strlen(s) });
	size_t i, start = sb->n;

	if (in.n > 2 && memcmp(in.p, "//", 2) == 0)
		sb_str(sb, "https:");
	for (i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (in.n > n && strncasecmp(in.p, schemes[i], n) == 0) {
			sb_str(sb, schemes[i]);
			in.p += n;
			in.n -= n;
			break;
		}
	}
	for (; in.n > 0; in.p++, in.n--) {
		if (*in.p == ' ')
			sb_str(sb, "%20");
		else if ((unsigned char)*in.p > ' ')
			sb_char(sb, *in.p);
	}
	return sb_ok(sb) && canonical_html_href(sb_text(sb) + start, sb->n - start);
}

bool
attribute_usable(const char *address, bool mail)
{
	struct sb sb;
	bool ok;

	sb_init(&sb, LIMIT_BODY_BYTES);
	ok = attribute_address(&sb, address) && (mail || sb.p[0] == 'h');
	sb_free(&sb);
	return ok;
}

bool
attribute_readable(const char *address)
{
	struct span s = span_trim((struct span){ address, strlen(address) });
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || ((s.p[n] | 0x20) >= 'a' && (s.p[n] | 0x20) <= 'z') ||
	    strchr("+-.", s.p[n]) != NULL))
		n++;
	return s.n <= LIMIT_URL_BYTES &&
	    (n == 0 || n == s.n || s.p[n] != ':' || (s.n - n > 2 && memcmp(s.p + n, "://", 3) == 0));
}

/* --- pictures of emoji --------------------------------------------------------------------- */

static bool
mentions(const char *s, const char *const *words)
{
	for (; s != NULL && *words != NULL; words++)
		if (strcasestr(s, *words) != NULL)
			return true;
	return false;
}

/* Arrows, signs and pictographs, and what joins and varies them. */
static bool
is_emoji(const char *s)
{
	for (; *s != '\0'; s += utf8_sequence(s, strlen(s))) {
		const unsigned char *c = (const unsigned char *)s;

		/* U+2190 to U+2BFF, U+1F000 on, tags in U+E0000, zero width joiner, variation selector 16 */
		if (!(c[0] == 0xe2 && c[1] >= 0x86 && c[1] <= 0xaf) && !(c[0] == 0xf0 && c[1] == 0x9f) &&
		    !(c[0] == 0xf3 && c[1] == 0xa0) && strncmp(s, "\xe2\x80\x8d", 3) != 0 &&
		    strncmp(s, "\xef\xb8\x8f", 3) != 0)
			return false;
	}
	return true;
}

bool
attribute_emoji(const GumboNode *node)
{
	static const char *const classes[] = { "emoji", "smiley", "smilies", "emoticon", NULL };
	static const char *const folders[] = { "/emoji", "/smiley", "/smilie", "/emoticon", "/twemoji", NULL };
	const char *alt = attribute_said(node, "alt"), *width = attribute_value(node, "width");

	if (alt == NULL || strlen(alt) > EMOJI_BYTES || alt[strcspn(alt, SPAN_BLANKS)] != '\0')
		return false;
	return mentions(attribute_value(node, "class"), classes) || mentions(attribute_value(node, "src"), folders) ||
	    (is_emoji(alt) && width != NULL && strspn(width, "0123456789") - 1 < 2);
}

/* --- what is embedded ---------------------------------------------------------------------- */

/* What shows something from elsewhere: where its address stands, and the children that may have it instead. */
static const struct embed {
	GumboTag	 tag;
	const char	*attribute;
	GumboTag	 child;			/* GUMBO_TAG_UNKNOWN: none */
} embeds[] = {
	{ GUMBO_TAG_IFRAME, "src", GUMBO_TAG_UNKNOWN },
	{ GUMBO_TAG_EMBED, "src", GUMBO_TAG_UNKNOWN },
	{ GUMBO_TAG_VIDEO, "src", GUMBO_TAG_SOURCE },
	{ GUMBO_TAG_AUDIO, "src", GUMBO_TAG_SOURCE },
	{ GUMBO_TAG_SOURCE, "src", GUMBO_TAG_UNKNOWN },
	{ GUMBO_TAG_OBJECT, "data", GUMBO_TAG_PARAM },
	{ GUMBO_TAG_PARAM, "value", GUMBO_TAG_UNKNOWN },
	{ GUMBO_TAG_BGSOUND, "src", GUMBO_TAG_UNKNOWN },
};

static const struct embed *
embed_of(const GumboNode *node)
{
	size_t i;

	for (i = 0; node->type == GUMBO_NODE_ELEMENT && i < ARRAY_LEN(embeds); i++)
		if (embeds[i].tag == node->v.element.tag)
			return &embeds[i];
	return NULL;
}

/* Its own; NULL if it has none.  Of an object's parameters those count that players had for it. */
static const char *
own_address(const struct embed *embed, const GumboNode *node)
{
	static const char *const names[] = { "movie", "src", "url", "filename" };
	const char *name = attribute_said(node, "name");
	size_t i;

	if (embed->tag != GUMBO_TAG_PARAM)
		return attribute_said(node, embed->attribute);
	for (i = 0; name != NULL && i < ARRAY_LEN(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return attribute_said(node, embed->attribute);
	return NULL;
}

bool
attribute_embed(const GumboNode *node, const char **address, bool *usable)
{
	const struct embed *embed = embed_of(node);
	const GumboVector *children = &node->v.element.children;
	const char *src;
	unsigned i;

	if (embed == NULL)
		return false;
	*address = own_address(embed, node);
	*usable = *address != NULL && attribute_usable(*address, false);
	for (i = 0; !*usable && embed->child != GUMBO_TAG_UNKNOWN && i < children->length; i++) {
		const struct embed *child = embed_of(children->data[i]);

		if (child == NULL || child->tag != embed->child)
			continue;
		if ((src = own_address(child, children->data[i])) == NULL)
			continue;
		if ((*usable = attribute_usable(src, false)))
			*address = src;
	}
	return true;
}
