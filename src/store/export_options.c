#include "store/export.h"

#include "util/clock.h"
#include "util/utf8.h"

#define DAY_MS	(INT64_C(24) * 3600 * 1000)

void
export_options_init(struct export_options *o)
{
	memset(o, 0, sizeof(*o));
	o->from_ms = o->to_ms = CLOCK_UNKNOWN;
	o->spam = o->pending = o->deleted = true;
}

/* One line of text of at most size - 1 bytes. */
static int
set_text(char *out, size_t size, const char *title, const char *value, struct err *e)
{
	size_t n = strlen(value), i;

	for (i = 0; i < n && (unsigned char)value[i] >= ' ' && value[i] != 0x7f; i++)
		;
	if (i < n || n >= size || !utf8_valid(value, n))
		return err_set(e, ERR_INPUT, "The %s must be one line of text of at most %zu bytes. Please shorten it.", title, size - 1);
	memcpy(out, value, n + 1);
	return 0;
}

static int
set_flag(bool *out, const char *name, const char *value, struct err *e)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return err_set(e, ERR_INPUT, "The choice \"%s\" is either \"yes\" or \"no\". Please choose one of these.", name);
	*out = strcmp(value, "yes") == 0;
	return 0;
}

/* A date alone means its whole day: add is then a day for the end of a range, which begins where the range ends. */
static int
set_time(int64_t *out, const char *title, const char *value, int64_t add, struct err *e)
{
	char day[32];

	*out = CLOCK_UNKNOWN;
	if (*value == '\0' || clock_parse(value, strlen(value), out) == 0)
		return 0;
	snprintf(day, sizeof(day), "%.10sT00:00:00Z", value);
	if (strlen(value) != 10 || clock_parse(day, strlen(day), out) == -1)
		return err_set(e, ERR_INPUT, "The %s of the time range is not a date. Please write it like 2026-01-31 or "
		    "2026-01-31T12:00:00Z.", title);
	*out += add;
	return 0;
}

int
export_options_set(struct export_options *o, const char *name, const char *value, struct err *e)
{
	if (strcmp(name, "format") == 0)
		return set_text(o->format, sizeof(o->format), "name of the format", value, e);
	if (strcmp(name, "gzip") == 0)
		return set_flag(&o->gzip, name, value, e);
	if (strcmp(name, "page") == 0)
		return set_text(o->page, sizeof(o->page), "id or address of the page", value, e);
	if (strcmp(name, "site") == 0)
		return set_text(o->site, sizeof(o->site), "name of the site", value, e);
	if (strcmp(name, "from") == 0)
		return set_time(&o->from_ms, "beginning", value, 0, e);
	if (strcmp(name, "to") == 0)
		return set_time(&o->to_ms, "end", value, DAY_MS, e);
	if (strcmp(name, "spam") == 0)
		return set_flag(&o->spam, name, value, e);
	if (strcmp(name, "pending") == 0)
		return set_flag(&o->pending, name, value, e);
	if (strcmp(name, "deleted") == 0)
		return set_flag(&o->deleted, name, value, e);
	return err_set(e, ERR_INPUT, "An export has no option \"%.40s\". Please leave it out.", name);
}

int
export_options_check(const struct export_options *o, struct err *e)
{
	if (o->from_ms != CLOCK_UNKNOWN && o->to_ms != CLOCK_UNKNOWN && o->to_ms <= o->from_ms)
		return err_set(e, ERR_INPUT, "The time range ends before it begins. Please choose an end that comes after its beginning.");
	return 0;
}

int
export_options_parse(struct export_options *o, const char *lines, struct err *e)
{
	char name[16], value[EXPORT_PAGE_MAX + 1];
	const char *equals;
	size_t n;

	export_options_init(o);
	for (; *lines != '\0'; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		equals = memchr(lines, '=', n);
		if (equals == NULL || (size_t)(equals - lines) >= sizeof(name) || n - (size_t)(equals - lines) > sizeof(value))
			return err_set(e, ERR_INPUT, "The options of this export cannot be read. Please ask for it again.");
		snprintf(name, sizeof(name), "%.*s", (int)(equals - lines), lines);
		snprintf(value, sizeof(value), "%.*s", (int)(lines + n - equals - 1), equals + 1);
		if (export_options_set(o, name, value, e) == -1)
			return -1;
	}
	return 0;
}

static const char *
yes_no(bool v)
{
	return v ? "yes" : "no";
}

int
export_options_write(const struct export_options *o, struct sb *out, struct err *e)
{
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

	clock_format(from, o->from_ms);
	clock_format(to, o->to_ms);
	sb_printf(out, "format=%s\ngzip=%s\npage=%s\nsite=%s\nfrom=%s\nto=%s\nspam=%s\npending=%s\ndeleted=%s\n", o->format,
	    yes_no(o->gzip), o->page, o->site, from, to, yes_no(o->spam), yes_no(o->pending), yes_no(o->deleted));
	return sb_ok(out) ? 0 : err_nomem(e);
}
