#include "web/form_options.h"

#include "formats/format.h"

#include "web/i18n.h"

void
form_option_field(char out[FORM_OPTION_FIELD_SIZE], const struct format *f, const struct format_option *o)
{
	snprintf(out, FORM_OPTION_FIELD_SIZE, "%s.%s", f->name, o->name);
}

bool
form_option_find(const char *field, struct form_option *found)
{
	const struct format_option *o;
	char name[FORM_OPTION_FIELD_SIZE];
	size_t i;

	for (i = 0; formats[i] != NULL; i++)
		for (o = formats[i]->options; o != NULL && o->name != NULL; o++) {
			form_option_field(name, formats[i], o);
			if (strcmp(name, field) != 0)
				continue;
			found->format = formats[i];
			found->option = o;
			return true;
		}
	return false;
}

int
form_options_add(struct form_options *f, const struct form_option *option, struct arena *arena, struct err *e)
{
	struct form_option *kept = &f->given[f->n];

	if (*option->value == '\0')
		return 0;
	if (f->n == FORM_OPTIONS_MAX)
		return err_set(e, ERR_LIMIT, "%s", tr("The form has too many options. Please reload the page and try again."));
	*kept = *option;
	if ((kept->value = arena_strdup(arena, option->value)) == NULL)
		return err_nomem(e);
	f->n++;
	return 0;
}

static const struct form_option *
given(const struct form_options *f, const struct format_option *o)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->given[i].option == o)
			return &f->given[i];
	return NULL;
}

/* A value of another provider's options may have stayed in the form; a whole file was sent for a purpose. */
static int
check_second_file(const struct form_options *f, const struct format *format, struct err *e)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct form_option *g = &f->given[i];

		if (g->option->kind == OPTION_FILE && g->format != format)
			return err_set(e, ERR_INPUT, tr("The file for \"%s\" belongs to %s, but the export is one of %s. "
			    "Please leave that file out, or choose an export of %s."), tr(g->option->title), tr(g->format->title),
			    tr(format->title), tr(g->format->title));
	}
	return 0;
}

static int
write_option(const struct form_option *g, const struct format *format, const struct format_option *o, struct sb *out,
    struct err *e)
{
	if (g == NULL && o->required)
		return err_set(e, ERR_INPUT, tr("An export of %s needs the option \"%s\" (%s) as well. Please fill it in and "
		    "upload the file again."), tr(format->title), tr(o->title), o->name);
	if (g == NULL)
		return 0;
	if (format_check_option(format, o->name, g->value, e) == -1)
		return -1;
	sb_printf(out, "%s=%s\n", o->name, g->value);
	return 0;
}

int
form_options_write(const struct form_options *f, const struct format *format, struct sb *out, struct form_option *wrong,
    struct err *e)
{
	const struct format_option *o;

	if (check_second_file(f, format, e) == -1)
		return -1;
	for (o = format->options; o != NULL && o->name != NULL; o++)
		if (write_option(given(f, o), format, o, out, e) == -1) {
			wrong->format = format;
			wrong->option = o;
			return -1;
		}
	return 0;
}

const char *
form_options_read(const char *lines, const char *name, struct arena *arena)
{
	size_t len = strlen(name);
	const char *value;

	for (; *lines != '\0'; lines += strcspn(lines, "\n"), lines += *lines == '\n') {
		if (strncmp(lines, name, len) != 0 || lines[len] != '=')
			continue;
		value = arena_memdup(arena, lines + len + 1, strcspn(lines + len + 1, "\n"));
		return value != NULL ? value : "";
	}
	return "";
}
