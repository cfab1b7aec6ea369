#include "formats/format.h"

#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

const struct format *const formats[] = {
	&disqus_format,
	&wxr_format,
	&commento_format,
	&hyvor_talk_format,
	&muut_format,
	&intensedebate_format,
	&just_comments_format,
	&cusdis_format,
	&fastcomments_csv_format,
	&jsonl_format,
	&csv_format,
	NULL
};

const struct format *const channels[] = {
	&wordpress_plugin_channel,
	NULL
};

void
format_note(const struct format_options *options, enum issue_reason reason, const char *external_id, uint64_t line)
{
	if (options != NULL && options->note != NULL)
		options->note(options->ctx, reason, external_id, line);
}

void
format_ended(const struct format_options *options, uint64_t offset, uint64_t line)
{
	if (options != NULL && options->ended != NULL)
		options->ended(options->ctx, offset, line);
}

const struct format *
format_by_name_in(const struct format *const *table, const char *name)
{
	for (; *table != NULL; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

const struct format *
format_by_name(const char *name)
{
	return format_by_name_in(formats, name);
}

const struct writer *
writer_at(size_t n)
{
	const struct format *const *f;

	for (f = formats; *f != NULL; f++)
		if ((*f)->writer != NULL && n-- == 0)
			return (*f)->writer;
	return NULL;
}

const struct writer *
writer_by_name(const char *name)
{
	const struct writer *w;
	size_t i;

	for (i = 0; (w = writer_at(i)) != NULL && strcmp(w->name, name) != 0; i++)
		continue;
	return w;
}

const struct format *
format_or_channel(const char *name)
{
	const struct format *format = format_by_name(name);

	return format != NULL ? format : format_by_name_in(channels, name);
}

/* --- options -------------------------------------------------------------------------- */

static const struct format_option *
option_by_name(const struct format *format, const char *name)
{
	const struct format_option *option = format->options;

	for (; option != NULL && option->name != NULL; option++)
		if (strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

const char *
format_option(const struct format *format, const struct format_options *given, const char *name)
{
	const char *const *pair = given != NULL ? given->pairs : NULL;
	const struct format_option *option = option_by_name(format, name);

	for (; pair != NULL && pair[0] != NULL && pair[1] != NULL; pair += 2)
		if (strcmp(pair[0], name) == 0)
			return pair[1];
	if (option != NULL && option->kind == OPTION_FLAG)
		return "no";
	return option != NULL && option->values != NULL ? option->values[0] : NULL;
}

static int
check_choice(const struct format_option *option, const char *value, struct err *e)
{
	const char *const *allowed = option->values;
	struct sb list;

	for (; *allowed != NULL; allowed++)
		if (strcmp(*allowed, value) == 0)
			return 0;
	sb_init(&list, sizeof(e->msg));
	for (allowed = option->values; *allowed != NULL; allowed++)
		sb_printf(&list, "%s\"%s\"", allowed == option->values ? "" : ", ", *allowed);
	err_set(e, ERR_INPUT, "The option \"%s\" (%s) cannot have this value. Please choose one of these: %s.",
	    option->title, option->name, sb_text(&list));
	sb_free(&list);
	return -1;
}

static int
check_text(const struct format_option *option, const char *value, struct err *e)
{
	size_t n = strlen(value), i;

	for (i = 0; i < n && (unsigned char)value[i] >= ' ' && value[i] != 0x7f; i++)
		continue;
	if (i < n || n > OPTION_TEXT_MAX || !utf8_valid(value, n))
		return err_set(e, ERR_INPUT, "The option \"%s\" (%s) takes one line of text, at most %d bytes. Please shorten it.",
		    option->title, option->name, OPTION_TEXT_MAX);
	return 0;
}

int
format_check_option(const struct format *format, const char *name, const char *value, struct err *e)
{
	const struct format_option *option = option_by_name(format, name);

	if (option == NULL)
		return err_set(e, ERR_INPUT, "There is no option \"%s\" for a file of %s. Please leave it out.",
		    name, format->title);
	switch (option->kind) {
	case OPTION_CHOICE:
		return check_choice(option, value, e);
	case OPTION_FLAG:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			return err_set(e, ERR_INPUT, "The option \"%s\" (%s) is either \"yes\" or \"no\". Please choose one of these.",
			    option->title, option->name);
		break;
	case OPTION_URL:
		if (!weburl_usable(value, strlen(value)) || strlen(value) > LIMIT_URL_BYTES)
			return err_set(e, ERR_INPUT, "The option \"%s\" (%s) needs an address that begins with https:// or http://. "
			    "Please write it in full.", option->title, option->name);
		break;
	case OPTION_TEXT:
		return check_text(option, value, e);
	case OPTION_FILE:
		break;
	}
	return 0;
}
