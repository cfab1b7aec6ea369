/*
 * The format table: everything that the program knows of a file format stands
 * in one struct format.  Adding a format is one file, one line in formats.c
 * and one directory under tests/formats/.
 *
 * Pull, not push: the caller asks for the next record, so cancelling,
 * progress, batching and back-pressure need nothing from a format.  A format
 * maps fields and nothing else; limits, cleaning and identity come after it,
 * once for all (jobs/refine).
 */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "util/arena.h"
#include "util/err.h"
#include "util/input.h"
#include "util/output.h"

#include "model/comment.h"
#include "model/issue.h"

enum rd_status {
	RD_ITEM,	/* *comment is filled; its texts live until the next call.  Ordinals rise within a pass */
	RD_EOF,		/* nothing more; sticky */
	RD_SKIPPED,	/* one record was not taken: comment->skipped is the reason, err says more where there is more
			 * to say, *comment has its id and line if known */
	RD_AGAIN,	/* the input must be read once more from its start: call next() again after
			 * the input was rewound.  Only comments held back by the first pass follow. */
	RD_FATAL	/* err says what and where; everything complete before it was delivered; sticky */
};

enum option_kind {
	OPTION_CHOICE,		/* one of values */
	OPTION_FLAG,		/* "yes" or "no", which is the default */
	OPTION_URL,		/* an address (util/weburl_usable) */
	OPTION_TEXT,		/* one line of text, at most OPTION_TEXT_MAX bytes */
	OPTION_FILE		/* a second file: a form's file field, a path on the command line.  At most one a format.
				 * In the options of a job its value is its size in bytes, in decimal: the second file's bytes
				 * stand in front of the main one's. */
};

#define OPTION_TEXT_MAX	255

/* An option that a format offers on its form, on the command line and in the API. */
struct format_option {
	const char		*name;		/* "page_key" */
	const char		*title;		/* for a person, English msgid */
	const char		*hint;		/* more about it, or an example; NULL */
	enum option_kind	 kind;
	const char *const	*values;	/* OPTION_CHOICE: NULL-terminated, the first is the default */
	const char *const	*value_titles;	/* the same for a person, English msgids; NULL: the values themselves */
	bool			 required;
};

/* What a format is opened with.  Copied by open where it is needed later. */
struct format_options {
	const char *const	*pairs;		/* name, value, name, value, ...; NULL-terminated; may be NULL */
	/* Reports something about a record that is taken all the same.  external_id may be NULL. */
	void			(*note)(void *ctx, enum issue_reason, const char *external_id, uint64_t line);
	/* The document has ended, and something that is no part of it follows: after so many bytes of the input, on this line.
	 * NULL: nobody wants to know. */
	void			(*ended)(void *ctx, uint64_t offset, uint64_t line);
	void			*ctx;
	struct input		*second_file;	/* of the OPTION_FILE option, to be read within open; NULL: not given */
};

struct reader;

/* What is written: one file of comments.  text[CT_SOURCE] of each comment is said, its body is canonical HTML. */
struct writing;

struct writer {
	const char	*name;		/* "jsonl": --to */
	const char	*title;		/* "JSON Lines" */
	const char	*extension;	/* "jsonl" */
	bool		 by_page;	/* wants the comments of each page one behind the other */
	/* The output stays valid until close.  NULL with err set. */
	struct writing	*(*open)(struct output *, struct err *);
	/*
	 * NULL, or called once behind open: what is written to this second output belongs behind the first one's end, and
	 * whoever opened copies it there when it is finished (jobs/document).  For lists that grow as comments come.
	 */
	void		 (*aside)(struct writing *, struct output *);
	int		 (*put)(struct writing *, const struct comment *, struct err *);
	int		 (*finish)(struct writing *, struct err *);	/* writes the end of the document, if it has one */
	void		 (*close)(struct writing *);			/* close(NULL) does nothing */
};

struct format {
	const char			*name;		/* "disqus": the file format, its test directory */
	const char			*source;	/* vocabulary: comment.source; of the job, if own_source */
	bool				 own_source;	/* each record says its own source */
	bool				 xml;		/* a document may have an XML declaration, which names its encoding */
	const char			*title;		/* "Disqus" */
	const char			*accepts;	/* for a person: "the .xml or .xml.gz file that Disqus e-mails you" */
	const struct format_option	*options;	/* ends with a NULL name; NULL: none */
	/* Fields of source_hash (util/identity): bits 1 << CT_x and 1 << CN_x.  All formats of one source agree on them:
	 * those that every channel of the source says. */
	uint32_t			 hash_texts, hash_numbers;
	/* Bits 1 << CT_x of the texts (not the body) that are HTML-escaped in the source, once or up to twice: refine decodes them. */
	uint32_t			 escaped_texts, escaped_twice;
	bool				 endless;	/* nothing in a file marks its end: one that was cut may seem whole */

	/*
	 * How sure is this format that head (already unpacked) is its: 0 not mine .. 100 certain.  More than 0 only for a sign
	 * of its own: a name, or names together, that no other system uses.  What many systems use (comments, id, status, createdAt,
	 * version) is no sign, however much of it there is.  Beside each sniff stands which signs it looks for.  head is UTF-8
	 * (formats/charset), but may end within a character.
	 */
	int		 (*sniff)(const uint8_t *head, size_t n);
	/* The input gives UTF-8 (formats/charset); it and the options stay valid until close.  NULL with err set. */
	struct reader	*(*open)(struct input *, const struct format_options *, struct err *);
	enum rd_status	 (*next)(struct reader *, struct comment *, struct err *);
	/*
	 * After RD_EOF without a single answer: was this a whole export that holds no comment, by a sign of the provider's own?
	 * head is what sniff was given.  If not, the file fails.  NULL for a channel, whose batches may be empty.
	 */
	bool		 (*is_empty)(const struct reader *, const uint8_t *head, size_t n);
	void		 (*close)(struct reader *);	/* close(NULL) does nothing */
	const struct writer *writer;			/* NULL: we only read it */
};

/* What a person is told of a whole export that holds no comment. */
#define FORMAT_NO_COMMENTS	"The export holds no comments."

#define PAGE_TEXTS	(1u << CT_PAGE_ID | 1u << CT_PAGE_URL | 1u << CT_PAGE_TITLE)

/* hash_texts of a source whose only channel is its file: everything but the page and what the identity is made of. */
#define HASH_TEXTS_ALL	(((1u << CT__MAX) - 1) & ~(PAGE_TEXTS | 1u << CT_SOURCE_SITE | 1u << CT_EXTERNAL_ID | 1u << CT_SOURCE | \
	1u << CT_COMMENT_ID))
#define HASH_NUMBERS_ALL ((1u << CN__MAX) - 1)

/* Reports through options->note, if there is one; calls options->ended, if there is one. */
void format_note(const struct format_options *, enum issue_reason, const char *external_id, uint64_t line);
void format_ended(const struct format_options *, uint64_t offset, uint64_t line);

/* Each format's row, in its own file. */
extern const struct format disqus_format;
extern const struct format wxr_format;
extern const struct format commento_format;
extern const struct format hyvor_talk_format;
extern const struct format muut_format;
extern const struct format intensedebate_format;
extern const struct format just_comments_format;
extern const struct format cusdis_format;
extern const struct format fastcomments_csv_format;
extern const struct format jsonl_format;
extern const struct format csv_format;

/* What connected sites send, batch by batch: read like a file, but nobody chooses or looks for it (channels). */
extern const struct format wordpress_plugin_channel;

/* What formats write that stands in a file of its own. */
extern const struct writer wxr_writer;
extern const struct writer disqus_writer;
extern const struct writer commento_writer;

/* All formats, in the order of the form; ends with NULL. */
extern const struct format *const formats[];

/* What connected sites send; ends with NULL. */
extern const struct format *const channels[];

/* A row of either of them; NULL if there is none. */
const struct format *format_or_channel(const char *name);

/* By name; NULL if there is none.  The second one looks into another table, ended by NULL. */
const struct format *format_by_name(const char *name);
const struct format *format_by_name_in(const struct format *const *table, const char *name);

/* What can be written: the writers by number, NULL behind the last; and by name, NULL if there is none. */
const struct writer *writer_at(size_t n);
const struct writer *writer_by_name(const char *name);

/* Value of an option, or its default; NULL for an address or a file that was not given. */
const char *format_option(const struct format *, const struct format_options *, const char *name);

/*
 * May this option have this value?  -1 with ERR_INPUT and a sentence for a person: the format has no such option,
 * the value is none of its list, neither "yes" nor "no", no address that can be used.  Whoever knows that an option
 * was left empty does not ask.  The value of an OPTION_FILE is not looked at: a path and a size are for the caller.
 */
int format_check_option(const struct format *, const char *name, const char *value, struct err *) MUST_CHECK;

/* Lists of pages, people and categories may stand in front of the first comment. */
#define FORMAT_HEAD_SIZE	65536

/*
 * Finds the format of a file by its first n bytes (up to FORMAT_HEAD_SIZE as uploaded; unpacked here when they are packed:
 * the first stream of formats/streams that a format takes counts).  wanted: the name that the user chose, NULL or "" to detect.
 * NULL with ERR_TYPE and a sentence that says what the file looks like when no format
 * takes it, or another than wanted does, or several do and none was wanted; ERR_INPUT for an empty file and
 * what is damaged, incomplete or packed too deep before anything of a format came out of it.  Where
 * the head is too short to show an export of what is packed, it has the wanted format; when none is wanted, the sentence asks for one.
 */
const struct format *format_detect(const uint8_t *head, size_t n, const char *wanted, struct err *);

/* The same over another table, ended by NULL. */
const struct format *format_detect_in(const struct format *const *table, const uint8_t *head, size_t n,
    const char *wanted, struct err *);

/* An output that packs what is written to it (RFC 1952, one member, without a date) and hands it to the output below, which stays
 * the caller's.  NULL when out of memory. */
struct gzip;
struct gzip *gzip_open(struct output *below, struct err *);
struct output *gzip_output(struct gzip *);
int gzip_finish(struct gzip *, struct err *) MUST_CHECK;	/* writes what is left, and the end */
void gzip_close(struct gzip *);				/* NULL does nothing */

#endif
