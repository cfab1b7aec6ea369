/*
 * XML as events: libxml2's push parser behind the byte filter, in the settings
 * that hostile files need: strict, no DTD (a DOCTYPE is refused), no network, no entities but
 * the five of XML, namespaces ignored, depth and sizes limited, nothing printed.
 *
 * Names are local names: `dsq:id` is "id", whether or not its prefix was declared.
 */
#ifndef FORMATS_XMLSRC_H
#define FORMATS_XMLSRC_H

#include "formats/format.h"

#define XMLSRC_DEPTH_MAX	64

struct xmlsrc;

struct xmlsrc_element {
	const char	*name;		/* local name */
	bool		 prefixed;	/* it had a prefix, declared or not */
	unsigned	 depth;		/* 0: the document's own element */
	uint64_t	 line;		/* where its start tag ends, in the file as uploaded (unpacked) */
	struct xmlsrc	*src;		/* for xmlsrc_attribute() */
};

struct xmlsrc_text {
	const char	*p;		/* not NUL-terminated; valid during the call */
	size_t		 n;
	bool		 cut;		/* there was more than was asked for */
};

/* What a format does with a document.  Each returns 0, or -1 with err set to stop reading. */
struct xmlsrc_handler {
	const char *root;	/* name of the document's element; another one is ERR_TYPE */
	const char *other_root;	/* one that is as good; NULL: none */
	/* *want: how many bytes of the element's own text (text and CDATA, not that of elements inside) the end
	 * event shall bring; 0, as preset, for none.  An element inside one whose text is wanted has none. */
	int (*start)(void *ctx, const struct xmlsrc_element *, size_t *want, struct err *);
	int (*end)(void *ctx, const char *name, unsigned depth, const struct xmlsrc_text *, struct err *);
};

/* Input, handler, ctx and options (for notes) stay valid until close.  NULL when out of memory. */
struct xmlsrc *xmlsrc_open(struct input *, const struct xmlsrc_handler *, void *ctx, const struct format_options *,
    struct err *);

enum xmlsrc_status { XMLSRC_MORE, XMLSRC_END, XMLSRC_FAILED };

/*
 * Parses one chunk (32 KiB) and calls the handler for what is complete.  XMLSRC_FAILED (sticky) with err: what the
 * handler or the input said, or one sentence that names the line where the file cannot be read on.  All that was
 * complete before was handed over.
 */
enum xmlsrc_status xmlsrc_step(struct xmlsrc *, struct err *);

/* The input was rewound to its start: the document comes once more, without notes.  0, or -1 when out of memory. */
int xmlsrc_rewind(struct xmlsrc *, struct err *) MUST_CHECK;

void xmlsrc_close(struct xmlsrc *);	/* close(NULL) does nothing */

/* During a start event: the value of the attribute with this local name, one with a prefix before one without.
 * NULL if there is none.  Valid during the event, until the next call. */
const char *xmlsrc_attribute(const struct xmlsrc_element *, const char *name, size_t *n);

/*
 * The local name of the document's element, found in the first bytes of a file without a parser: what stands before the
 * first `<`, instructions, comments and a DOCTYPE are passed over.  False if there is none.
 */
bool xmlsrc_sniff_root(const uint8_t *head, size_t n, const char **name, size_t *name_n);

#endif
