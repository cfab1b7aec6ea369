#include <archive.h>
#include <archive_entry.h>

#include "formats/members.h"

#include "util/utf8.h"

#define BUF_SIZE	(32 * 1024)
#define TAR_BLOCK	512

struct members {
	struct input	 in;
	struct input	*below;
	enum members_kind kind;
	struct archive	*archive;
	uint64_t	*count;			/* of all headers, of all archives of the upload */
	bool		 below_ended, below_failed;
	bool		 member_ended;
	bool		 over;			/* the last member was met */
	bool		 failed;		/* err says why, again and again */
	struct err	 err;
	char		 name[MEMBERS_NAME_SIZE];
	const char	*p;			/* what came out and was not yet read, of libarchive's */
	size_t		 n;
	int64_t		 hole;			/* zero bytes of a sparse file that come before p */
	int64_t		 at;			/* bytes of the member so far, holes too */

	/* what was given to libarchive: two blocks, of which it holds a part, until it is asked how much */
	uint64_t	 given;
	uint64_t	 zeros;			/* at the end of it */
	unsigned	 block;			/* of buf, the last one */
	size_t		 block_n[2];
	uint8_t		 buf[2][BUF_SIZE];
};

/* --- kinds ------------------------------------------------------------------------------- */

/* Of a tar header: each of its bytes, its own sum as blanks, against the sum, in octal. */
static bool
tar_header(const uint8_t *p)
{
	enum { SUM_AT = 148, SUM_END = SUM_AT + 8 };
	uint64_t sum = 0, said = 0;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_END ? ' ' : p[i];
	i = SUM_AT;
	while (i < SUM_END && p[i] == ' ')
		i++;
	for (; i < SUM_END && p[i] >= '0' && p[i] <= '7'; i++)
		said = said * 8 + (uint64_t)(p[i] - '0');
	return *p != '\0' && said == sum;
}

enum members_kind
members_kind(const void *head, size_t n)
{
	static const char magics[][5] = { "PK\3\4", "PK\5\6", "PK\7\10" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(magics); i++)
		if (n >= 4 && memcmp(head, magics[i], 4) == 0)
			return MEMBERS_ZIP;
	return n >= TAR_BLOCK && tar_header(head) ? MEMBERS_TAR : MEMBERS_NONE;
}

const char *
members_title(enum members_kind kind)
{
	return kind == MEMBERS_TAR ? "tar archive" : "ZIP archive";
}

/* --- the archive ------------------------------------------------------------------------ */

/* The next block from below.  0 at its end, -1. */
static ssize_t
next_block(struct members *m)
{
	unsigned next = !m->block;
	ssize_t got = input_read(m->below, m->buf[next], BUF_SIZE, &m->err);
	size_t i;

	m->below_failed = got == -1;
	m->below_ended = got == 0;
	if (got <= 0)
		return got;
	for (i = (size_t)got; i > 0 && m->buf[next][i - 1] == 0; i--)
		continue;
	m->zeros = i == 0 ? m->zeros + (uint64_t)got : (uint64_t)got - i;
	m->block = next;
	m->block_n[next] = (size_t)got;
	m->given += (uint64_t)got;
	return got;
}

static la_ssize_t
give(struct archive *a, void *ctx, const void **p)
{
	static const uint8_t none[TAR_BLOCK];
	struct members *m = ctx;
	uint64_t part = m->given % TAR_BLOCK;
	ssize_t got = next_block(m);

	*p = m->buf[m->block];
	if (got == -1) {
		archive_set_error(a, EIO, "the input failed");
		return ARCHIVE_FATAL;
	}
	/* Zero bytes after the end of a tar archive are as many as somebody liked; libarchive wants whole blocks. */
	if (got == 0 && m->kind == MEMBERS_TAR && part > 0 && m->zeros >= part) {
		*p = none;
		got = (ssize_t)(TAR_BLOCK - part);
		m->given += (uint64_t)got;
	}
	return got;
}

static int
fail(struct members *m, struct err *e)
{
	m->failed = true;
	if (e != NULL)
		*e = m->err;
	return -1;
}

static int
say_cut(struct members *m)
{
	return err_set(&m->err, ERR_INPUT, "The %s ends in the middle. Please get it once more; "
	    "it may not have been downloaded to its end.", members_title(m->kind));
}

static int
say_damaged(struct members *m)
{
	return err_set(&m->err, ERR_INPUT, "The %s is damaged. Please get it once more.", members_title(m->kind));
}

/* Whether the end of the input is what went wrong.  Where it is met exactly between two members, libarchive says
 * nothing; -5 is zlib's Z_BUF_ERROR: it waits for more. */
static bool
cut(const struct members *m)
{
	const char *why = archive_error_string(m->archive);

	return m->below_ended && (why == NULL || strncmp(why, "Truncated", 9) == 0 || strstr(why, "(-5)") != NULL);
}

/* libarchive cannot read on. */
static void
explain(struct members *m)
{
	if (m->below_failed)
		return;
	if (archive_errno(m->archive) == ENOMEM)
		err_nomem(&m->err);
	else if (cut(m))
		say_cut(m);
	else
		say_damaged(m);
}

static int
open_archive(struct members *m, struct err *e)
{
	bool zip = m->kind == MEMBERS_ZIP;

	if ((m->archive = archive_read_new()) == NULL ||
	    (zip ? archive_read_support_format_zip_streamable(m->archive) : archive_read_support_format_tar(m->archive)) != ARCHIVE_OK ||
	    (!zip && archive_read_set_options(m->archive, "tar:read_concatenated_archives") != ARCHIVE_OK))
		return err_nomem(e);
	/* It reads the first bytes: what they are is asked with the first member. */
	if (archive_read_open(m->archive, m, NULL, give, NULL) != ARCHIVE_OK) {
		explain(m);
		m->failed = true;
	}
	return 0;
}

struct members *
members_open(struct input *below, enum members_kind kind, uint64_t *count, struct err *e)
{
	struct members *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		err_nomem(e);
		return NULL;
	}
	m->below = below;
	m->kind = kind;
	m->count = count;
	m->member_ended = true;
	if (open_archive(m, e) == -1) {
		members_close(m);
		return NULL;
	}
	return m;
}

void
members_close(struct members *m)
{
	if (m == NULL)
		return;
	archive_read_free(m->archive);
	free(m);
}

/* --- the end of an archive ------------------------------------------------------------------ */

/* What libarchive did not use of a ZIP archive, and what is still to come from below: one byte; -1 at the end. */
struct tail {
	struct members	*m;
	uint64_t	 at;		/* in the archive */
};

static int
tail_byte(struct tail *t)
{
	struct members *m = t->m;
	uint64_t back;

	if (t->at == m->given && next_block(m) <= 0)
		return -1;
	back = m->given - t->at++;
	if (back <= m->block_n[m->block])
		return m->buf[m->block][m->block_n[m->block] - back];
	back -= m->block_n[m->block];
	return m->buf[!m->block][m->block_n[!m->block] - MIN(back, (uint64_t)m->block_n[!m->block])];
}

/* A number of so many bytes, little endian; what ends before is 0. */
static uint64_t
tail_number(struct tail *t, int bytes)
{
	uint64_t v = 0;
	int i, c;

	for (i = 0; i < bytes && (c = tail_byte(t)) != -1; i++)
		v |= (uint64_t)c << (8 * i);
	return v;
}

static void
tail_skip(struct tail *t, uint64_t n)
{
	while (n > 0 && tail_byte(t) != -1)
		n--;
}

/* The records of the directory (APPNOTE.TXT 4.3): what stands before their variable parts, whose lengths follow. */
static void
skip_record(struct tail *t, uint64_t sign)
{
	uint64_t n = 0;
	int i;

	switch (sign) {
	case 0x02014b50:	/* a file's header */
		tail_skip(t, 24);
		for (i = 0; i < 3; i++)
			n += tail_number(t, 2);
		tail_skip(t, 12 + n);
		break;
	case 0x06064b50:	/* ZIP64 end of the directory */
		tail_skip(t, tail_number(t, 8));
		break;
	case 0x07064b50:	/* where that is */
		tail_skip(t, 16);
		break;
	case 0x05054b50:	/* signature */
		tail_skip(t, tail_number(t, 2));
		break;
	default:		/* the end, and a comment */
		tail_skip(t, 16);
		tail_skip(t, tail_number(t, 2));
		break;
	}
}

static bool
is_record(uint64_t sign)
{
	return sign == 0x02014b50 || sign == 0x06064b50 || sign == 0x07064b50 || sign == 0x05054b50 || sign == 0x06054b50;
}

/* libarchive stops at the directory of a ZIP archive.  What follows its end may be zero bytes or blanks; anything else might be
 * another archive. */
static int
read_zip_end(struct members *m)
{
	struct tail t = { m, (uint64_t)MAX(archive_filter_bytes(m->archive, -1), (la_int64_t)0) };
	uint64_t sign = tail_number(&t, 4);
	int c = 0;

	/* It had looked further than it says. */
	while (!is_record(sign) && c != -1)
		if ((c = tail_byte(&t)) != -1)
			sign = sign >> 8 | (uint64_t)c << 24;
	while (is_record(sign)) {
		skip_record(&t, sign);
		sign = tail_number(&t, 4);
	}
	for (; sign != 0; sign >>= 8)
		if ((sign & 0xff) != 0 && strchr(" \t\r\n", (int)(sign & 0xff)) == NULL)
			break;
	while (sign == 0 && (c = tail_byte(&t)) != -1)
		sign = c == 0 || strchr(" \t\r\n", c) != NULL ? 0 : 1;
	if (m->below_failed)
		return -1;
	if (sign != 0)
		return err_set(&m->err, ERR_INPUT, "The ZIP archive has something after its end that is not part of it, such as "
		    "another archive. Please upload the files one by one.");
	return 0;
}

/* 0 at the end of a whole archive, -1. */
static int
read_end(struct members *m, struct err *e)
{
	if (m->kind == MEMBERS_ZIP ? read_zip_end(m) == -1 : m->zeros < TAR_BLOCK && say_cut(m) == -1)
		return fail(m, e);
	m->over = true;
	return 0;
}

/* --- members ------------------------------------------------------------------------------ */

static void
take_name(struct members *m, const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0, i = 0, j = 0;

	while (i < n) {
		size_t len = utf8_sequence(s + i, n - i), size = MAX(len, (size_t)1);
		bool shown = len > 0 && (len > 1 || ((unsigned char)s[i] >= ' ' && s[i] != 0x7f));

		if (j + size >= sizeof(m->name))
			break;
		if (shown)
			memcpy(m->name + j, s + i, size);
		else
			memset(m->name + j, '?', size);
		i += size;
		j += size;
	}
	m->name[j] = '\0';
}

/* Some part of the path begins with a dot ("." and ".." are no such names), or is the folder in which macOS keeps what
 * else it knows of files. */
static bool
hidden(const char *path)
{
	size_t n;

	for (; path != NULL && *path != '\0'; path += n, path += *path != '\0') {
		n = strcspn(path, "/\\");
		if ((*path == '.' && strspn(path, ".") < n) || strncmp(path, "__MACOSX/", 9) == 0)
			return true;
	}
	return false;
}

/* Others are rare, and each is one more parser for whoever makes up an archive. */
static bool
known_packing(struct members *m)
{
	const char *name = archive_format_name(m->archive);

	return name != NULL && (strstr(name, "(uncompressed)") != NULL || strstr(name, "(deflation)") != NULL);
}

static int
check_packing(struct members *m, struct archive_entry *entry)
{
	if (archive_entry_is_encrypted(entry))
		return err_set(&m->err, ERR_INPUT, "\"%s\" in the ZIP archive is encrypted. "
		    "Please unpack the archive with its password and upload the file that was in it.", m->name);
	if (!known_packing(m))
		return err_set(&m->err, ERR_INPUT, "\"%s\" in the ZIP archive is packed in a way that is not read here. "
		    "Please unpack the archive and upload the file that was in it.", m->name);
	return 0;
}

/* The next header that is one of a file.  1, 0, -1. */
static int
next_header(struct members *m, struct archive_entry **entry, struct err *e)
{
	int ret;

	do {
		ret = archive_read_next_header(m->archive, entry);
		if (ret == ARCHIVE_EOF)
			return read_end(m, e);
		/* A warning is about a name in an unknown encoding. */
		if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN) {
			explain(m);
			return fail(m, e);
		}
		if (++*m->count > MEMBERS_MAX) {
			err_set(&m->err, ERR_LIMIT, "The %s has over 10,000 files in it, which is more than this site takes. "
			    "Please upload the exports without the others.", members_title(m->kind));
			return fail(m, e);
		}
	} while (archive_entry_filetype(*entry) != AE_IFREG || hidden(archive_entry_pathname(*entry)));
	return 1;
}

int
members_next(struct members *m, struct err *e)
{
	struct archive_entry *entry;
	int more;

	if (m->failed || m->over)
		return m->failed ? fail(m, e) : 0;
	m->n = 0;
	m->at = m->hole = 0;
	m->member_ended = true;
	if ((more = next_header(m, &entry, e)) != 1)
		return more;
	take_name(m, archive_entry_pathname(entry));
	if (m->kind == MEMBERS_ZIP && check_packing(m, entry) == -1)
		return fail(m, e);
	m->member_ended = false;
	return 1;
}

const char *
members_name(const struct members *m)
{
	return m->name;
}

static void
next_data(struct members *m)
{
	const void *p = NULL;
	la_int64_t offset = m->at;
	size_t n = 0;
	int ret = archive_read_data_block(m->archive, &p, &n, &offset);

	if (ret == ARCHIVE_OK || ret == ARCHIVE_EOF) {
		m->member_ended = ret == ARCHIVE_EOF;
		m->hole = MAX(offset - m->at, (la_int64_t)0);
		m->at += m->hole;
	} else {
		explain(m);
		m->failed = true;
	}
	m->p = p;
	m->n = m->member_ended ? 0 : n;
	m->at += (int64_t)m->n;
}

static ssize_t
members_read(struct input *in, void *out, size_t n, struct err *e)
{
	struct members *m = (struct members *)in;

	while (m->hole == 0 && m->n == 0 && !m->member_ended && !m->failed)
		next_data(m);
	if (m->hole > 0) {
		n = MIN(n, (size_t)BUF_SIZE);
		n = (size_t)MIN((int64_t)n, m->hole);
		memset(out, 0, n);
		m->hole -= (int64_t)n;
		return (ssize_t)n;
	}
	if (m->n == 0)
		return m->failed ? fail(m, e) : 0;
	n = MIN(n, m->n);
	memcpy(out, m->p, n);
	m->p += n;
	m->n -= n;
	return (ssize_t)n;
}

struct input *
members_input(struct members *m)
{
	m->in.read = members_read;
	return &m->in;
}
