#include <archive.h>
#include <archive_entry.h>

#include "formats/unzip.h"

#include "util/utf8.h"

#define BUF_SIZE	(32 * 1024)

struct unzip {
	struct input	 in;
	struct input	*below;
	struct archive	*archive;
	bool		 below_ended, below_failed;
	bool		 member_ended;
	bool		 failed;		/* err says why, again and again */
	struct err	 err;
	char		 name[UNZIP_NAME_SIZE];
	const char	*p;			/* what came out and was not yet read, of libarchive's */
	size_t		 n;
	uint8_t		 buf[BUF_SIZE];
};

bool
unzip_magic(const void *head, size_t n)
{
	static const char magics[][5] = { "PK\3\4", "PK\5\6", "PK\7\10" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(magics); i++)
		if (n >= 4 && memcmp(head, magics[i], 4) == 0)
			return true;
	return false;
}

/* --- the archive ------------------------------------------------------------------------ */

static la_ssize_t
give(struct archive *a, void *ctx, const void **p)
{
	struct unzip *z = ctx;
	ssize_t got = input_read(z->below, z->buf, sizeof(z->buf), &z->err);

	*p = z->buf;
	z->below_ended = got == 0;
	if (got != -1)
		return got;
	z->below_failed = true;
	archive_set_error(a, EIO, "the input failed");
	return ARCHIVE_FATAL;
}

static int
fail(struct unzip *z, struct err *e)
{
	z->failed = true;
	if (e != NULL)
		*e = z->err;
	return -1;
}

/* Whether the end of the input is what went wrong.  Where it is met exactly between two members, libarchive says
 * nothing; -5 is zlib's Z_BUF_ERROR: it waits for more. */
static bool
cut(const struct unzip *z)
{
	const char *why = archive_error_string(z->archive);

	return z->below_ended && (why == NULL || strncmp(why, "Truncated", 9) == 0 || strstr(why, "(-5)") != NULL);
}

/* libarchive cannot read on. */
static void
explain(struct unzip *z)
{
	if (z->below_failed)
		return;
	if (archive_errno(z->archive) == ENOMEM)
		err_nomem(&z->err);
	else if (cut(z))
		err_set(&z->err, ERR_INPUT, "The ZIP archive ends in the middle. Please get it once more; "
		    "it may not have been downloaded to its end.");
	else
		err_set(&z->err, ERR_INPUT, "The ZIP archive is damaged. Please get it once more.");
}

static int
begin(struct unzip *z, struct err *e)
{
	z->below_ended = z->below_failed = z->failed = false;
	z->member_ended = true;
	z->n = 0;
	if ((z->archive = archive_read_new()) == NULL ||
	    archive_read_support_format_zip_streamable(z->archive) != ARCHIVE_OK)
		return err_nomem(e);
	/* It reads the first bytes: what they are is asked with the first member. */
	if (archive_read_open(z->archive, z, NULL, give, NULL) != ARCHIVE_OK) {
		explain(z);
		z->failed = true;
	}
	return 0;
}

struct unzip *
unzip_open(struct input *below, struct err *e)
{
	struct unzip *z = calloc(1, sizeof(*z));

	if (z == NULL) {
		err_nomem(e);
		return NULL;
	}
	z->below = below;
	if (begin(z, e) == -1) {
		unzip_close(z);
		return NULL;
	}
	return z;
}

int
unzip_rewind(struct unzip *z, struct err *e)
{
	archive_read_free(z->archive);
	return begin(z, e);
}

void
unzip_close(struct unzip *z)
{
	if (z == NULL)
		return;
	archive_read_free(z->archive);
	free(z);
}

/* --- members ------------------------------------------------------------------------------ */

static void
take_name(struct unzip *z, const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0, i = 0, j = 0;

	while (i < n) {
		size_t len = utf8_sequence(s + i, n - i), size = MAX(len, (size_t)1);
		bool shown = len > 0 && (len > 1 || ((unsigned char)s[i] >= ' ' && s[i] != 0x7f));

		if (j + size >= sizeof(z->name))
			break;
		if (shown)
			memcpy(z->name + j, s + i, size);
		else
			memset(z->name + j, '?', size);
		i += size;
		j += size;
	}
	z->name[j] = '\0';
}

/* Some part of the path begins with a dot, or is the folder in which macOS keeps what else it knows of files. */
static bool
hidden(const char *path)
{
	for (; path != NULL && *path != '\0'; path += strcspn(path, "/\\"), path += *path != '\0')
		if (*path == '.' || strncmp(path, "__MACOSX/", 9) == 0)
			return true;
	return false;
}

/* Others are rare, and each is one more parser for whoever makes up an archive. */
static bool
known_packing(struct unzip *z)
{
	const char *name = archive_format_name(z->archive);

	return name != NULL && (strstr(name, "(uncompressed)") != NULL || strstr(name, "(deflation)") != NULL);
}

static int
check_member(struct unzip *z, struct archive_entry *entry)
{
	if (archive_entry_is_encrypted(entry))
		return err_set(&z->err, ERR_INPUT, "\"%s\" in the ZIP archive is encrypted. "
		    "Please unpack the archive with its password and upload the file that was in it.", z->name);
	if (!known_packing(z))
		return err_set(&z->err, ERR_INPUT, "\"%s\" in the ZIP archive is packed in a way that is not read here. "
		    "Please unpack the archive and upload the file that was in it.", z->name);
	return 0;
}

int
unzip_next(struct unzip *z, struct err *e)
{
	struct archive_entry *entry;
	int ret;

	if (z->failed)
		return fail(z, e);
	z->n = 0;
	z->member_ended = true;
	do {
		ret = archive_read_next_header(z->archive, &entry);
		if (ret == ARCHIVE_EOF)
			return 0;
		/* A warning is about a name in an unknown encoding. */
		if (ret < ARCHIVE_WARN) {
			explain(z);
			return fail(z, e);
		}
	} while (archive_entry_filetype(entry) != AE_IFREG || hidden(archive_entry_pathname(entry)));
	take_name(z, archive_entry_pathname(entry));
	if (check_member(z, entry) == -1)
		return fail(z, e);
	z->member_ended = false;
	return 1;
}

const char *
unzip_name(const struct unzip *z)
{
	return z->name;
}

static void
next_block(struct unzip *z)
{
	const void *p = NULL;
	la_int64_t offset;
	size_t n = 0;
	int ret = archive_read_data_block(z->archive, &p, &n, &offset);

	if (ret == ARCHIVE_EOF) {
		z->member_ended = true;
		return;
	}
	z->p = p;
	z->n = n;
	if (ret != ARCHIVE_OK) {
		explain(z);
		z->failed = true;
	}
}

static ssize_t
unzip_read(struct input *in, void *out, size_t n, struct err *e)
{
	struct unzip *z = (struct unzip *)in;

	while (z->n == 0 && !z->member_ended && !z->failed)
		next_block(z);
	if (z->n == 0)
		return z->failed ? fail(z, e) : 0;
	n = MIN(n, z->n);
	memcpy(out, z->p, n);
	z->p += n;
	z->n -= n;
	return (ssize_t)n;
}

struct input *
unzip_input(struct unzip *z)
{
	z->in.read = unzip_read;
	return &z->in;
}
