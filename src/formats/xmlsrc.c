#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "formats/xmlsrc.h"

#include "util/sb.h"
#include "util/utf8.h"

#include "formats/bytefilter.h"

#define CHUNK		(32 * 1024)
#define NAMES_MAX	(1024 * 1024)	/* bytes of different names, which libxml2 keeps for good and finds ever more slowly */

/* libxml2's array of an attribute, as startElementNs gets it. */
enum { ATTR_NAME, ATTR_PREFIX, ATTR_URI, ATTR_VALUE, ATTR_VALUE_END, ATTR__MAX };

struct xmlsrc {
	struct bytefilter		*filter;
	const struct xmlsrc_handler	*handler;
	void				*ctx;
	xmlParserCtxtPtr		 parser;
	bool				 failed;	/* err says why; nothing more is handed over */
	bool				 at_end;	/* the parser was told that nothing more comes */
	struct err			 err;
	unsigned			 depth;		/* open elements */
	bool				 root_seen;

	/* the element whose text is collected */
	bool				 collecting;
	unsigned			 collect_depth;
	size_t				 want;
	bool				 cut;
	struct sb			 text;

	/* during a start event */
	const xmlChar			**attributes;
	int				 attributes_n;
	struct sb			 value;

	char				 chunk[CHUNK];
};

/* Own words for what goes wrong in practice.  "The file breaks off at line 7: ..." */
static const struct {
	int		 code;
	const char	*what;
} causes[] = {
	{ XML_ERR_TAG_NAME_MISMATCH, "an end tag does not belong to the element that is open there" },
	{ XML_ERR_TAG_NOT_FINISHED, "an element has no end tag" },
	{ XML_ERR_GT_REQUIRED, "a tag has no closing >" },
	{ XML_ERR_LTSLASH_REQUIRED, "an element has no end tag" },
	{ XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute has no quotes" },
	{ XML_ERR_ATTRIBUTE_NOT_FINISHED, "an attribute has no closing quote" },
	{ XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute has no value" },
	{ XML_ERR_ATTRIBUTE_REDEFINED, "an attribute comes twice in one tag" },
	{ XML_ERR_LT_IN_ATTRIBUTE, "an attribute has a < in its value" },
	{ XML_ERR_SPACE_REQUIRED, "two attributes have no space between them" },
	{ XML_ERR_NAME_REQUIRED, "a < begins no tag" },
	{ XML_ERR_COMMENT_NOT_FINISHED, "a comment has no end" },
	{ XML_ERR_HYPHEN_IN_COMMENT, "a comment has -- inside" },
	{ XML_ERR_RESERVED_XML_NAME, "there is an XML declaration in the middle" },
};

static uint64_t
line(const struct xmlsrc *src)
{
	int n = src->parser != NULL && src->parser->input != NULL ? src->parser->input->line : 0;

	return (uint64_t)MAX(n, 1) + bytefilter_lines_skipped(src->filter);
}

/* Stops the parser; the first reason stands. */
static void
stop(struct xmlsrc *src)
{
	src->failed = true;
	xmlStopParser(src->parser);
}

/* --- events from libxml2 ---------------------------------------------------------- */

/* The part behind a colon: libxml2 leaves an undeclared prefix in the name in some of its paths. */
static const char *
local_name(const xmlChar *name)
{
	const char *s = (const char *)name, *colon = strchr(s, ':');

	return colon != NULL && colon[1] != '\0' ? colon + 1 : s;
}

static bool
is_root(const struct xmlsrc_handler *handler, const char *name)
{
	return strcmp(name, handler->root) == 0 || (handler->other_root != NULL && strcmp(name, handler->other_root) == 0);
}

static bool
check_start(struct xmlsrc *src, const char *name)
{
	/* At the end, a start tag is one that was cut: its name may be as well. */
	if (src->at_end)
		return true;
	if (!src->root_seen && !is_root(src->handler, name))
		err_set(&src->err, ERR_TYPE, "This is XML, but its first element is <%.*s>, not <%s>.",
		    (int)utf8_cut_bytes(name, strlen(name), 60), name, src->handler->root);
	else if (src->depth >= XMLSRC_DEPTH_MAX)
		err_set(&src->err, ERR_LIMIT, "The file has elements in elements over %d levels deep at line %" PRIu64 ".",
		    XMLSRC_DEPTH_MAX, line(src));
	else
		return true;
	return false;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces_n,
    const xmlChar **namespaces, int attributes_n, int defaulted_n, const xmlChar **attributes)
{
	struct xmlsrc *src = ctx;
	struct xmlsrc_element element = { .name = local_name(name), .depth = src->depth, .src = src };
	size_t want = 0;

	(void)uri, (void)namespaces_n, (void)namespaces, (void)defaulted_n;
	if (src->failed)
		return;
	element.line = line(src);
	element.prefixed = prefix != NULL || element.name != (const char *)name;
	if (!check_start(src, element.name)) {
		stop(src);
		return;
	}
	src->root_seen = true;
	src->attributes = attributes;
	src->attributes_n = attributes_n;
	if (src->handler->start(src->ctx, &element, &want, &src->err) == -1) {
		stop(src);
		return;
	}
	src->attributes_n = 0;
	if (want > 0 && !src->collecting) {
		src->collecting = true;
		src->collect_depth = src->depth;
		src->want = want;
		src->cut = false;
		sb_reset(&src->text);
	}
	src->depth++;
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xmlsrc *src = ctx;
	struct xmlsrc_text text = { .p = "" };

	(void)prefix, (void)uri;
	if (src->failed)
		return;
	src->depth--;
	if (src->collecting && src->collect_depth == src->depth) {
		text = (struct xmlsrc_text){ sb_text(&src->text), src->text.n, src->cut };
		src->collecting = false;
		if (!sb_ok(&src->text)) {
			err_nomem(&src->err);
			stop(src);
			return;
		}
	}
	if (src->handler->end(src->ctx, local_name(name), src->depth, &text, &src->err) == -1)
		stop(src);
}

/* Text and CDATA.  libxml2 cuts both between characters. */
static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct xmlsrc *src = ctx;
	size_t n = (size_t)len, room;

	if (src->failed || !src->collecting || src->depth != src->collect_depth + 1 || src->cut)
		return;
	room = src->want - src->text.n;
	if (n > room) {
		n = utf8_cut_bytes((const char *)s, n, room);
		src->cut = true;
	}
	sb_add(&src->text, s, n);
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	struct xmlsrc *src = ctx;

	(void)name, (void)external_id, (void)system_id;
	if (src->failed)
		return;
	err_set(&src->err, ERR_INPUT, "The file has a document type declaration (DOCTYPE), which no comment export has. "
	    "It was refused at line %" PRIu64 ".", line(src));
	stop(src);
}

static const char *
cause(int code)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(causes); i++)
		if (causes[i].code == code)
			return causes[i].what;
	return "what stands there is not XML";
}

static void
on_error(void *ctx, xmlErrorPtr error)
{
	struct xmlsrc *src = ctx;

	/* Namespaces do not matter to us, and libxml2 goes on after warnings. */
	if (src->failed || error->domain == XML_FROM_NAMESPACE || error->level < XML_ERR_ERROR)
		return;
	src->failed = true;
	if (error->code == XML_ERR_NO_MEMORY)
		err_nomem(&src->err);
	else if (src->at_end)
		err_set(&src->err, ERR_INPUT, "The file breaks off at line %" PRIu64 ": it ends in the middle. "
		    "Please get it once more; it may not have been downloaded to its end.", bytefilter_line(src->filter));
	else
		err_set(&src->err, ERR_INPUT, "The file breaks off at line %" PRIu64 ": %s.",
		    (uint64_t)MAX(error->line, 1) + bytefilter_lines_skipped(src->filter), cause(error->code));
}

/* libxml2 has one more way to print, for errors without a context. */
static void
print_nothing(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

static int
new_parser(struct xmlsrc *src, struct err *e)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
		.serror = on_error,
	};

	xmlFreeParserCtxt(src->parser);
	xmlSetGenericErrorFunc(NULL, print_nothing);
	if ((src->parser = xmlCreatePushParserCtxt(&sax, src, NULL, 0, NULL)) == NULL)
		return err_nomem(e);
	/* HUGE only lifts libxml2's limits; ours stand in the byte filter and in on_text.  The filter gives UTF-8. */
	xmlCtxtUseOptions(src->parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_IGNORE_ENC);
	src->failed = src->at_end = src->root_seen = src->collecting = false;
	src->depth = 0;
	return 0;
}

/* --- for formats ---------------------------------------------------------------------- */

struct xmlsrc *
xmlsrc_open(struct input *below, const struct xmlsrc_handler *handler, void *ctx, const struct format_options *options,
    struct err *e)
{
	struct xmlsrc *src = calloc(1, sizeof(*src));

	if (src == NULL) {
		err_nomem(e);
		return NULL;
	}
	src->handler = handler;
	src->ctx = ctx;
	sb_init(&src->text, SIZE_MAX / 4);
	sb_init(&src->value, SIZE_MAX / 4);
	if ((src->filter = bytefilter_open(below, options, e)) == NULL || new_parser(src, e) == -1) {
		xmlsrc_close(src);
		return NULL;
	}
	return src;
}

static enum xmlsrc_status
failed(struct xmlsrc *src, struct err *e)
{
	src->failed = true;
	if (e != NULL)
		*e = src->err;
	return XMLSRC_FAILED;
}

/* The bytes themselves end or are damaged (gzip): their sentence knows no line, so it gets the last one read. */
static void
say_where(struct xmlsrc *src)
{
	size_t n = strlen(src->err.msg);

	if (src->err.kind == ERR_INPUT && line(src) > 1)
		snprintf(src->err.msg + n, sizeof(src->err.msg) - n, " The last line that could be read is %" PRIu64 ".", line(src));
}

enum xmlsrc_status
xmlsrc_step(struct xmlsrc *src, struct err *e)
{
	ssize_t n;

	if (src->failed)
		return failed(src, e);
	if ((n = input_read(bytefilter_input(src->filter), src->chunk, CHUNK, &src->err)) == -1) {
		say_where(src);
		return failed(src, e);
	}
	src->at_end = n == 0;
	if (xmlParseChunk(src->parser, src->chunk, (int)n, n == 0) != XML_ERR_OK && !src->failed &&
	    !src->parser->wellFormed)
		err_set(&src->err, ERR_INPUT, "The file breaks off at line %" PRIu64 ": what stands there is not XML.", line(src));
	if (!src->failed && src->parser->dict != NULL && xmlDictGetUsage(src->parser->dict) > NAMES_MAX) {
		err_set(&src->err, ERR_LIMIT, "The file has more different names of elements than an export can have, up to line %"
		    PRIu64 ".", line(src));
		return failed(src, e);
	}
	if (src->failed || !src->parser->wellFormed)
		return failed(src, e);
	return n == 0 ? XMLSRC_END : XMLSRC_MORE;
}

int
xmlsrc_rewind(struct xmlsrc *src, struct err *e)
{
	bytefilter_rewind(src->filter);
	return new_parser(src, e);
}

void
xmlsrc_close(struct xmlsrc *src)
{
	if (src == NULL)
		return;
	xmlFreeParserCtxt(src->parser);
	bytefilter_close(src->filter);
	sb_free(&src->text);
	sb_free(&src->value);
	free(src);
}

/* Without entity substitution, libxml2 hands over an & of an attribute as "&#38;". */
static const char *
decode_ampersands(struct xmlsrc *src, const char *p, size_t *n)
{
	static const char reference[] = "&#38;";
	const size_t len = sizeof(reference) - 1;
	const char *end = p + *n, *amp;

	sb_reset(&src->value);
	while ((amp = memmem(p, (size_t)(end - p), reference, len)) != NULL) {
		sb_add(&src->value, p, (size_t)(amp - p) + 1);
		p = amp + len;
	}
	sb_add(&src->value, p, (size_t)(end - p));
	*n = src->value.n;
	return sb_text(&src->value);
}

const char *
xmlsrc_attribute(const struct xmlsrc_element *element, const char *name, size_t *n)
{
	const xmlChar **a = element->src->attributes, **found = NULL;
	int i;

	for (i = 0; i < element->src->attributes_n; i++, a += ATTR__MAX) {
		const char *full = (const char *)a[ATTR_NAME];
		bool prefixed = a[ATTR_PREFIX] != NULL || strchr(full, ':') != NULL;

		if (strcmp(local_name(a[ATTR_NAME]), name) == 0 && (found == NULL || prefixed))
			found = a;
		if (found == a && prefixed)
			break;
	}
	if (found == NULL)
		return NULL;
	*n = (size_t)(found[ATTR_VALUE_END] - found[ATTR_VALUE]);
	return decode_ampersands(element->src, (const char *)found[ATTR_VALUE], n);
}

/* --- sniffing -------------------------------------------------------------------------- */

/* Behind what ends with the text end; NULL if it does not within the bytes at hand. */
static const char *
behind(const char *p, const char *limit, const char *end)
{
	const char *at = memmem(p, (size_t)(limit - p), end, strlen(end));

	return at != NULL ? at + strlen(end) : NULL;
}

static bool
at(const char *p, const char *limit, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(limit - p) >= n && memcmp(p, with, n) == 0;
}

bool
xmlsrc_sniff_root(const uint8_t *head, size_t n, const char **name, size_t *name_n)
{
	const char *p = bytefilter_document((const char *)head, n), *limit = (const char *)head + n;

	while (p != NULL && (p = memchr(p, '<', (size_t)(limit - p))) != NULL) {
		const char *colon;
		size_t len = 0;

		if (at(p, limit, "<?")) {
			p = behind(p, limit, "?>");
		} else if (at(p, limit, "<!--")) {
			p = behind(p, limit, "-->");
		} else if (at(p, limit, "<!")) {
			p = behind(p, limit, ">");
		} else {
			p++;
			while (p + len < limit && strchr(" \t\r\n/><\"'&", p[len]) == NULL)
				len++;
			if (len == 0 || p + len == limit)
				return false;
			if ((colon = memchr(p, ':', len)) != NULL) {
				len -= (size_t)(colon + 1 - p);
				p = colon + 1;
			}
			*name = p;
			*name_n = len;
			return len > 0;
		}
	}
	return false;
}
