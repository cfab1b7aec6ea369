#include "formats/streams.h"

#include "util/num.h"

#include "formats/decompress.h"
#include "formats/members.h"

#define LEVELS		2				/* of packing */
#define STAGES		(1 + 2 * LEVELS)		/* the upload; of each level a compressed file and the tar archive in it */
#define RATIO_FROM	(UINT64_C(64) * 1024 * 1024)

/* The upload, or what comes out of a compressed file or of a member of an archive. */
struct stage {
	struct input		 in;		/* its bytes: the head, then the rest of below */
	struct streams		*all;
	struct input		*below;
	const char		*title;		/* of the file that it came out of; NULL: the upload */
	unsigned		 level;		/* how often it was packed */
	struct decompress	*packed;	/* at most one of both */
	struct members		*members;
	bool			 failed;	/* err follows the head, again and again */
	struct err		 err;
	size_t			 head_n, head_pos;
	uint8_t			 head[FORMAT_HEAD_SIZE];
};

struct streams {
	struct streams_limits	 limits;
	struct input		*below;
	bool			 begun;
	const char		*upload;	/* title of what it is */
	uint64_t		 came[STAGES];	/* bytes of each stage, in all its turns */
	uint64_t		 members;	/* of all archives */
	char			 name[STREAMS_NAME_SIZE];
	unsigned		 n;
	struct stage		 stages[STAGES];	/* the last one of n has the stream at hand */
};

/* --- bytes -------------------------------------------------------------------------------- */

static int
check_limits(const struct streams *s, unsigned stage, struct err *e)
{
	const struct streams_limits *l = &s->limits;
	uint64_t came = s->came[stage];
	char size[40];

	if (came > l->max_unpacked) {
		num_format_limit(size, (int64_t)MIN(l->max_unpacked, (uint64_t)INT64_MAX));
		return err_set(e, ERR_LIMIT, "The file is larger than %s when it is unpacked, which is more than "
		    "this site takes.", size);
	}
	if (l->max_ratio > 0 && came > RATIO_FROM && came / l->max_ratio > s->came[0])
		return err_set(e, ERR_LIMIT, "The file is over %" PRIu64 " times as large when it is unpacked, which is more than "
		    "this site takes. Please unpack it and upload what was in it.", l->max_ratio);
	return 0;
}

/* From below, counted. */
static ssize_t
pull(struct stage *stage, void *buf, size_t n)
{
	struct streams *s = stage->all;
	unsigned i = (unsigned)(stage - s->stages);
	ssize_t got = input_read(stage->below, buf, n, &stage->err);

	if (got > 0)
		s->came[i] += (uint64_t)got;
	if (got > 0 && check_limits(s, i, &stage->err) == -1)
		got = -1;
	stage->failed = got == -1;
	return got;
}

static ssize_t
stage_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct stage *stage = (struct stage *)in;
	ssize_t got;

	if (stage->head_pos < stage->head_n) {
		n = MIN(n, stage->head_n - stage->head_pos);
		memcpy(buf, stage->head + stage->head_pos, n);
		stage->head_pos += n;
		return (ssize_t)n;
	}
	got = stage->failed ? -1 : pull(stage, buf, n);
	if (got == -1 && e != NULL)
		*e = stage->err;
	return got;
}

/* Takes the head of what begins.  An error waits after the bytes before it. */
static void
look(struct stage *stage)
{
	ssize_t got = 1;

	stage->head_n = stage->head_pos = 0;
	while (got > 0 && stage->head_n < sizeof(stage->head)) {
		got = pull(stage, stage->head + stage->head_n, sizeof(stage->head) - stage->head_n);
		stage->head_n += got > 0 ? (size_t)got : 0;
	}
}

/* Reads what is left: damage in what nobody wanted is damage of the file. */
static int
finish(struct stage *stage, struct err *e)
{
	char buf[8192];
	ssize_t got;

	do
		got = stage_read(&stage->in, buf, sizeof(buf), e);
	while (got > 0);
	return (int)got;
}

/* --- stages ------------------------------------------------------------------------------- */

static struct stage *
top(struct streams *s)
{
	return &s->stages[s->n - 1];
}

static struct stage *
push(struct streams *s, const char *title, unsigned level)
{
	struct stage *stage = &s->stages[s->n++];

	stage->in.read = stage_read;
	stage->all = s;
	stage->title = title;
	stage->level = level;
	stage->failed = false;
	stage->head_n = stage->head_pos = 0;
	if (level == 1)
		s->upload = title;
	return stage;
}

static void
pop(struct streams *s)
{
	struct stage *stage = &s->stages[--s->n];

	decompress_close(stage->packed);
	members_close(stage->members);
	stage->packed = NULL;
	stage->members = NULL;
}

/* --- what is packed -------------------------------------------------------------------------- */

/* "x.rar" in the ZIP archive, or This. */
static const char *
subject(struct streams *s, char buf[STREAMS_NAME_SIZE + 40])
{
	const char *name = streams_name(s);

	if (*name == '\0')
		return "This";
	snprintf(buf, STREAMS_NAME_SIZE + 40, "\"%s\" in the %s", name, s->upload);
	return buf;
}

/* libarchive would have to seek in them, or another library be there for few. */
static const char *
unread_kind(const uint8_t *head, size_t n)
{
	static const struct {
		const char	*magic;
		size_t		 n;
		const char	*title;
	} kinds[] = {
		{ "7z\xbc\xaf\x27\x1c", 6, "7-Zip archive" },
		{ "Rar!\x1a\x07", 6, "RAR archive" },
		{ "\x04\x22\x4d\x18", 4, "lz4 file" },
		{ "LZIP", 4, "lzip file" },
		{ "\x89LZO", 4, "lzop file" },
		{ "\x1f\x9d", 2, "file of compress (.Z)" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (n >= kinds[i].n && memcmp(head, kinds[i].magic, kinds[i].n) == 0)
			return kinds[i].title;
	return NULL;
}

static int
check_known(struct streams *s, struct err *e)
{
	const struct stage *stage = top(s);
	const char *title = unread_kind(stage->head, stage->head_n);
	char buf[STREAMS_NAME_SIZE + 40];

	if (title == NULL)
		return 0;
	return err_set(e, ERR_TYPE, "%s is %s %s, which is not read here. Please unpack it first and upload the file that was in it.",
	    subject(s, buf), streams_article(title), title);
}

static int
too_deep(struct streams *s, const char *title, struct err *e)
{
	char buf[STREAMS_NAME_SIZE + 40];

	return err_set(e, ERR_INPUT, "%s is packed more than twice: there is one more %s in the %s. Please unpack it first and upload "
	    "what was in it.", subject(s, buf), title, top(s)->title);
}

/* Unpacks what the stage at hand begins with.  1, and 0 if it is not packed, -1. */
static int
unpack(struct streams *s, struct err *e)
{
	struct stage *stage = top(s);
	const struct codec *codec = decompress_codec(stage->head, stage->head_n);
	enum members_kind kind = members_kind(stage->head, stage->head_n);
	const char *title = codec != NULL ? codec->title : members_title(kind);
	unsigned level = stage->level + !(kind == MEMBERS_TAR && stage->packed != NULL);
	struct stage *next;

	if (codec == NULL && kind == MEMBERS_NONE)
		return check_known(s, e);
	if (level > LEVELS)
		return too_deep(s, title, e);
	next = push(s, title, level);
	if (codec != NULL) {
		if ((next->packed = decompress_open(&stage->in, codec, e)) == NULL)
			return -1;
		next->below = decompress_input(next->packed);
		look(next);
	} else {
		if ((next->members = members_open(&stage->in, kind, &s->members, e)) == NULL)
			return -1;
		next->below = members_input(next->members);
	}
	return 1;
}

/* From what was read to what comes next: a member, or what follows the archive that has no more.  1, 0, -1. */
static int
advance(struct streams *s, struct err *e)
{
	int more = 0;

	while (s->n > 0 && more == 0) {
		struct stage *stage = top(s);

		if (finish(stage, e) == -1)
			return -1;
		if (stage->members != NULL)
			more = members_next(stage->members, e);
		if (more == 1)
			look(stage);
		else if (more == 0)
			pop(s);
	}
	return more;
}

/* --- for others ------------------------------------------------------------------------------ */

int
streams_next(struct streams *s, struct err *e)
{
	int more = 1;

	if (s->begun) {
		more = advance(s, e);
	} else {
		struct stage *stage = push(s, NULL, 0);

		stage->below = s->below;
		s->begun = true;
		look(stage);
	}
	while (more == 1) {
		int packed = unpack(s, e);

		if (packed != 1)
			return packed == 0 ? 1 : -1;
		if (top(s)->members != NULL)
			more = advance(s, e);
	}
	return more;
}

struct input *
streams_input(struct streams *s)
{
	return &top(s)->in;
}

const uint8_t *
streams_head(const struct streams *s, size_t *n)
{
	const struct stage *stage = &s->stages[s->n - 1];

	*n = stage->head_n;
	return stage->head;
}

const char *
streams_name(struct streams *s)
{
	unsigned i;
	size_t n = 0;

	s->name[0] = '\0';
	for (i = 0; i < s->n; i++)
		if (s->stages[i].members != NULL)
			n += (size_t)snprintf(s->name + n, sizeof(s->name) - n, "%s%s", n > 0 ? "/" : "", members_name(s->stages[i].members));
	return s->name;
}

const char *
streams_around(const struct streams *s)
{
	return s->stages[s->n - 1].title;
}

const char *
streams_packing(const uint8_t *head, size_t n)
{
	const struct codec *codec = decompress_codec(head, n);
	enum members_kind kind = members_kind(head, n);

	if (codec != NULL)
		return codec->title;
	return kind != MEMBERS_NONE ? members_title(kind) : unread_kind(head, n);
}

const char *
streams_article(const char *title)
{
	return *title == 'x' || *title == 'l' ? "an" : "a";
}

const char *
streams_upload(const struct streams *s)
{
	return s->upload;
}

struct streams *
streams_open(struct input *below, const struct streams_limits *limits, struct err *e)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->limits = *limits;
	s->below = below;
	return s;
}

void
streams_rewind(struct streams *s)
{
	while (s->n > 0)
		pop(s);
	memset(s->came, 0, sizeof(s->came));
	s->members = 0;
	s->begun = false;
}

void
streams_close(struct streams *s)
{
	if (s == NULL)
		return;
	streams_rewind(s);
	free(s);
}
