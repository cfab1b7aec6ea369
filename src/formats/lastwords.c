#include "util/base.h"

#include "formats/lastwords.h"

#define REST_MAX	(64 * 1024)

/* PHP: Zend/zend_alloc.c, Zend/zend_execute_API.c, main/main.c; WordPress since 5.2: class-wp-fatal-error-handler.php. */
static const struct {
	const char	*words;
	const char	*what, *advice;
} causes[] = {
	{ "Allowed memory size", "ran out of memory", "Raise memory_limit in the website's PHP settings" },
	{ "Out of memory (allocated", "ran out of memory", "Give the website's server more memory" },
	{ "Maximum execution time", "took longer than it may", "Raise max_execution_time in the website's PHP settings" },
	{ "Fatal error:", "met an error", "Look for the error in the website's PHP log" },
	{ "Fatal error</b>:", "met an error", "Look for the error in the website's PHP log" },
	{ "There has been a critical error on this website", "met an error", "Look for the error in the website's PHP log" },
};

static ssize_t
lastwords_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct lastwords *w = (struct lastwords *)in;
	ssize_t got = input_read(w->below, buf, n, e);
	size_t fresh, kept;

	if (got <= 0)
		return got;
	fresh = MIN((size_t)got, sizeof(w->bytes));
	kept = MIN(w->n, sizeof(w->bytes) - fresh);
	memmove(w->bytes, w->bytes + w->n - kept, kept);
	memcpy(w->bytes + kept, (char *)buf + (size_t)got - fresh, fresh);
	w->n = kept + fresh;
	return got;
}

void
lastwords_init(struct lastwords *w, struct input *below)
{
	*w = (struct lastwords){ .in = { lastwords_read }, .below = below };
}

/* The limit that PHP names: bytes or seconds; 0: none. */
static unsigned long
limit(const char *p, const char *end)
{
	unsigned long n = 0;

	while (p < end && (*p < '0' || *p > '9') && *p != '\n')
		p++;
	for (; p < end && *p >= '0' && *p <= '9' && n < 1000000000000; p++)
		n = n * 10 + (unsigned long)(*p - '0');
	return n;
}

static int
explain(size_t cause, const char *p, const char *end, struct err *e)
{
	unsigned long n = cause == 0 || cause == 2 ? limit(p, end) : 0;
	char of[64] = "";

	if (n > 0 && cause == 0)
		snprintf(of, sizeof(of), " (PHP's limit was %lu MB)", MAX(n / 1048576, 1UL));
	else if (n > 0)
		snprintf(of, sizeof(of), " (PHP's limit was %lu seconds)", n);
	return err_set(e, ERR_INPUT, "This export is incomplete: the website's server %s while it wrote the file, which says so at its "
	    "end%s. %s, or export in parts, for example by date, and upload the new files. A WordPress site can also be connected "
	    "through the plugin, which needs no export.", causes[cause].what, of, causes[cause].advice);
}

/* Where the last bytes name a cause; NULL: they do not. */
static const char *
find(const struct lastwords *w, size_t *cause)
{
	const char *at;

	for (*cause = 0; *cause < ARRAY_LEN(causes); ++*cause)
		if ((at = memmem(w->bytes, w->n, causes[*cause].words, strlen(causes[*cause].words))) != NULL)
			return at;
	return NULL;
}

int
lastwords_explain(struct lastwords *w, struct err *e)
{
	char buf[4096];
	size_t rest = 0, cause;
	ssize_t got = 1;
	const char *at;
	struct err ours;

	if (e->kind != ERR_INPUT && e->kind != ERR_TYPE)
		return -1;
	while (rest < REST_MAX && (got = lastwords_read(&w->in, buf, sizeof(buf), &ours)) > 0)
		rest += (size_t)got;
	if (got == 0 && (at = find(w, &cause)) != NULL)
		return explain(cause, at, w->bytes + w->n, e);
	return -1;
}

/* Over white space and tags, none of which has a quote in it. */
static const char *
over_tags(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n<", *p) != NULL)
		if (*p++ == '<')
			while (p < end && *p++ != '>')
				continue;
	return p;
}

int
lastwords_check(const struct lastwords *w, struct err *e)
{
	static const char fatal[] = "Fatal error", line[] = " on line ";	/* main/main.c: php_error_cb() */
	const char *end = w->bytes + w->n, *at = w->bytes, *p;
	size_t cause;

	while ((at = memmem(at, (size_t)(end - at), fatal, sizeof(fatal) - 1)) != NULL) {
		p = at;
		at += sizeof(fatal) - 1;
		if (p - w->bytes >= 4 && memcmp(p - 4, "PHP ", 4) == 0)
			p -= 4;
		else if (p - w->bytes >= 3 && memcmp(p - 3, "<b>", 3) == 0)
			p -= 3;
		if (p > w->bytes && p[-1] != '\n')
			continue;
		if ((p = memmem(at, (size_t)(end - at), line, sizeof(line) - 1)) == NULL)
			break;
		p = over_tags(p + sizeof(line) - 1, end);
		while (p < end && *p >= '0' && *p <= '9')
			p++;
		if (over_tags(p, end) == end && find(w, &cause) != NULL)
			return explain(cause, find(w, &cause), end, e);
	}
	return 0;
}
