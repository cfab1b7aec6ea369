/* The loader's eye for HTML: a strict subset of its syntax, so that nothing is in doubt. */
#include "tmpl/tmpl_ops.h"

static bool
among(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static const char *
append(char *buf, size_t size, size_t *len, char c)
{
	if (*len + 1 >= size)
		return "a name in the markup is too long";
	buf[(*len)++] = c;
	buf[*len] = '\0';
	return NULL;
}

/* Elements whose content is not plain markup, or which reach out of the page. */
static const char *
check_element(const struct tmpl_context *c)
{
	static const char *const refused[] = {
		"style", "iframe", "object", "embed", "base", "xmp", "plaintext", "noembed", "noframes", "template", "math", NULL
	};

	if (among(refused, c->element))
		return "this element is not allowed in templates";
	if (c->script && !(c->closing && strcmp(c->element, "script") == 0))
		return "a script element must be empty; its code stands in a file of its own";
	return NULL;
}

static const char *
check_attribute(struct tmpl_context *c)
{
	static const char *const refused[] = { "style", "srcdoc", "srcset", "ping", "background", NULL };
	static const char *const urls[] = {
		"href", "src", "action", "formaction", "cite", "data", "poster", "manifest", NULL
	};

	if (strncmp(c->attribute, "on", 2) == 0)
		return "event attributes (on...) are not allowed in templates";
	if (among(refused, c->attribute))
		return "this attribute is not allowed in templates";
	if (strcmp(c->attribute, "src") == 0)
		c->has_src = true;
	c->url = among(urls, c->attribute);
	return NULL;
}

static const char *
end_tag(struct tmpl_context *c)
{
	c->place = AT_TEXT;
	if (strcmp(c->element, "script") != 0)
		return NULL;
	if (!c->closing && !c->has_src)
		return "a script element needs a src; inline scripts are not allowed";
	c->script = !c->closing;
	return NULL;
}

static const char *
begin_attribute(struct tmpl_context *c, char ch)
{
	c->place = AT_ATTRIBUTE;
	c->attribute_len = 0;
	return append(c->attribute, sizeof(c->attribute), &c->attribute_len, ch);
}

static const char *
text_byte(struct tmpl_context *c, char ch)
{
	if (ch == '<') {
		c->place = AT_TAG_OPEN;
		c->closing = c->has_src = false;
		c->element_len = 0;
		c->element[0] = '\0';
	} else if (c->script && !is_blank(ch)) {
		return "a script element must be empty; its code stands in a file of its own";
	}
	return NULL;
}

static const char *
tag_open_byte(struct tmpl_context *c, char ch)
{
	if (ch == '/' && !c->closing) {
		c->closing = true;
		return NULL;
	}
	if (ch == '!' && !c->closing) {
		c->place = AT_DOCTYPE;
		return NULL;
	}
	if (ch < 'a' || ch > 'z')
		return "a tag name in lower case must follow <";
	c->place = AT_TAG_NAME;
	return append(c->element, sizeof(c->element), &c->element_len, ch);
}

/* Inside a tag, between its parts. */
static const char *
tag_byte(struct tmpl_context *c, char ch)
{
	if (ch == '>')
		return end_tag(c);
	if (is_blank(ch)) {
		c->place = AT_TAG;
		return NULL;
	}
	if (ch == '/')
		return NULL;
	if (c->place == AT_GAP)
		return "a blank must follow an attribute";
	return is_name(ch) ? begin_attribute(c, ch) : "an attribute name in lower case is expected";
}

static const char *
tag_name_byte(struct tmpl_context *c, char ch)
{
	const char *complaint;

	if (is_name(ch))
		return append(c->element, sizeof(c->element), &c->element_len, ch);
	if ((complaint = check_element(c)) != NULL)
		return complaint;
	c->place = AT_GAP;
	return tag_byte(c, ch);
}

static const char *
attribute_byte(struct tmpl_context *c, char ch)
{
	const char *complaint;

	if (is_name(ch))
		return append(c->attribute, sizeof(c->attribute), &c->attribute_len, ch);
	if (ch == '=') {
		c->place = AT_EQUALS;
		return check_attribute(c);
	}
	if ((complaint = tmpl_context_settle(c)) != NULL)
		return complaint;
	return tag_byte(c, ch);
}

static const char *
value_byte(struct tmpl_context *c, char ch)
{
	if (ch == '"') {
		c->place = AT_GAP;
		return NULL;
	}
	c->value_len++;
	return c->alone ? "an address is one placeholder alone, or no placeholder" : NULL;
}

static const char *
doctype_byte(struct tmpl_context *c, char ch)
{
	if (ch == '-')
		return "HTML comments are not allowed; write {{! ... }}";
	if (ch == '>')
		c->place = AT_TEXT;
	return NULL;
}

static const char *
feed_byte(struct tmpl_context *c, char ch)
{
	switch (c->place) {
	case AT_TEXT: return text_byte(c, ch);
	case AT_TAG_OPEN: return tag_open_byte(c, ch);
	case AT_TAG_NAME: return tag_name_byte(c, ch);
	case AT_TAG:
	case AT_GAP: return tag_byte(c, ch);
	case AT_ATTRIBUTE: return attribute_byte(c, ch);
	case AT_EQUALS:
		c->place = AT_VALUE;
		c->value_len = 0;
		c->alone = false;
		return ch == '"' ? NULL : "attribute values stand in double quotes";
	case AT_VALUE: return value_byte(c, ch);
	case AT_DOCTYPE: return doctype_byte(c, ch);
	}
	return NULL;
}

const char *
tmpl_context_feed(struct tmpl_context *c, const char *p, size_t n)
{
	const char *complaint = NULL;
	size_t i;

	for (i = 0; i < n && complaint == NULL; i++)
		complaint = feed_byte(c, p[i]);
	return complaint;
}

const char *
tmpl_context_settle(struct tmpl_context *c)
{
	if (c->place != AT_ATTRIBUTE)
		return NULL;
	c->place = AT_GAP;
	return check_attribute(c);
}

const char *
tmpl_context_value(struct tmpl_context *c, enum tmpl_op_kind *kind)
{
	if (c->place == AT_TEXT && !c->script) {
		*kind = OP_VALUE;
		return NULL;
	}
	if (c->place != AT_VALUE)
		return "a placeholder can stand in text or between the quotes of an attribute, not here";
	if (strcmp(c->attribute, "content") == 0)
		return "a placeholder can not stand in a content attribute: a meta element could forward with it";
	*kind = c->url ? OP_URL : OP_ATTRIBUTE;
	if (c->url && (c->value_len > 0 || c->alone))
		return "an address is one placeholder alone, or no placeholder";
	c->alone = c->url;
	return NULL;
}

bool
tmpl_context_meets(const struct tmpl_context *a, const struct tmpl_context *b)
{
	bool in_tag = a->place == AT_TAG || a->place == AT_GAP;

	if (a->script != b->script)
		return false;
	if (a->place == AT_TEXT)
		return b->place == AT_TEXT;
	if (strcmp(a->element, b->element) != 0 || a->closing != b->closing)
		return false;
	/* What an end tag of a section leaves open, a blank or not, the stricter place covers. */
	if (in_tag)
		return (b->place == AT_TAG || b->place == AT_GAP) && a->has_src == b->has_src;
	return a->place == AT_VALUE && b->place == AT_VALUE && !a->url && strcmp(a->attribute, b->attribute) == 0;
}
