#include "app/convert.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sys/stat.h>

#include "util/clock.h"
#include "util/num.h"
#include "util/rnd.h"
#include "util/same_site.h"
#include "util/weburl.h"

#include "app/complain.h"
#include "app/convert_report.h"
#include "jobs/convert.h"
#include "jobs/convert_file.h"

#define EXIT_USAGE	2
#define OPTIONS_MAX	16
#define PROGRESS_MS	200
#define SIZE_TEXT	24	/* a file's size in decimal */
#define INDENT		6	/* of options in the list of formats */
#define LINE_WIDTH	100

static const char usage[] =
	"Usage: trasloco convert [--from FORMAT] --to FORMAT [--option NAME=VALUE]... [--site NAME]\n"
	"                        [--report FILE] [FILE|-]\n\n"
	"Reads the comments of FILE, or of standard input, and writes them to standard output.\n\n"
	"  --from FORMAT         what FILE is; found out if it is not said\n"
	"  --to FORMAT           what to write\n"
	"  --option NAME=VALUE   an option of the format that is read; `trasloco formats` lists them\n"
	"  --site NAME           this is the site: the source_site of the file's comments, where it is not the file's own\n"
	"  --report FILE         writes the numbers and examples to FILE, as JSON\n\n"
	"The last line on standard error is read=N written=N skipped=N.\n"
	"Exit status: 0 done, 1 not done or not to the end, 2 wrong usage.\n";

struct conversion {
	const char		*from, *to, *site, *report_path, *path;	/* path NULL: standard input */
	char			*options[OPTIONS_MAX];			/* "name=value", cut at = when taken */
	int			 n_options;

	const char		*pairs[2 * (OPTIONS_MAX + 1) + 1];
	char			 front_size[SIZE_TEXT];			/* the value of the option that is a file */
	int			 in, front;				/* descriptors; -1 */
	FILE			*report_file;
	struct convert_file	*file;
	struct convert_report	 report;
	int64_t			 shown_ms;				/* when progress was shown; 0: never */
};

/* Set by a signal.  A second one ends the program at once. */
static atomic_int stop;

static void
ask_to_stop(int sig)
{
	(void)sig;
	atomic_store(&stop, 1);
}

static void
set_signals(void)
{
	const struct sigaction ask = { .sa_handler = ask_to_stop, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &ask, NULL);
	sigaction(SIGTERM, &ask, NULL);
	sigaction(SIGHUP, &ask, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The reader process and the files need 0 to 2 for themselves; what was closed fails when it is used, as it should. */
static void
fill_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", modes[fd]);
}

/* --- what can be read and written --- */

/* The values of a choice, the default first, in as many lines as they need. */
static void
print_values(FILE *out, const char *const *values)
{
	const char *const *value;
	int column = LINE_WIDTH;

	for (value = values; *value != NULL; value++) {
		column += 1 + (int)strlen(*value);
		if (column > LINE_WIDTH)
			column = fprintf(out, "\n%*s", INDENT + 4, "") + (int)strlen(*value);
		fprintf(out, "%s%s", *value, value[1] != NULL ? "|" : "");
	}
}

static void
print_option(FILE *out, const struct format_option *o)
{
	static const char *const words[] = {
		[OPTION_CHOICE] = "VALUE", [OPTION_FLAG] = "no|yes", [OPTION_URL] = "URL", [OPTION_TEXT] = "TEXT",
		[OPTION_FILE] = "PATH",
	};

	fprintf(out, "%*s--option %s=%s  %s%s", INDENT, "", o->name, words[o->kind], o->title,
	    o->required ? " (required)" : "");
	if (o->kind == OPTION_CHOICE)
		print_values(out, o->values);
	fputc('\n', out);
}

void
convert_print_formats(FILE *out)
{
	const struct format *const *f;
	const struct format_option *o;
	const struct writer *w;
	size_t i;

	fputs("Read (--from):\n", out);
	for (f = formats; *f != NULL; f++) {
		fprintf(out, "  %-17s %s: %s\n", (*f)->name, (*f)->title, (*f)->accepts);
		for (o = (*f)->options; o != NULL && o->name != NULL; o++)
			print_option(out, o);
	}
	fputs("\nWritten (--to):\n", out);
	for (i = 0; (w = writer_at(i)) != NULL; i++)
		fprintf(out, "  %-17s %s (.%s)\n", w->name, w->title, w->extension);
}

/* --- wrong usage --- */

/* Says what is wrong and what there is.  Returns EXIT_USAGE. */
static int
no_such_format(const char *name)
{
	const struct format *const *f;

	fprintf(stderr, "trasloco: There is no format \"%s\" to read. There are:", name);
	for (f = formats; *f != NULL; f++)
		fprintf(stderr, " %s", (*f)->name);
	fputs(".\n", stderr);
	return EXIT_USAGE;
}

static int
no_such_writer(const char *name)
{
	const struct writer *w;
	size_t i;

	if (name == NULL)
		fputs("trasloco: Please say what to write, with --to. There are:", stderr);
	else
		fprintf(stderr, "trasloco: There is no format \"%s\" to write. There are:", name);
	for (i = 0; (w = writer_at(i)) != NULL; i++)
		fprintf(stderr, " %s", w->name);
	fputs(".\n", stderr);
	return EXIT_USAGE;
}

static int
wrong_usage(const char *sentence)
{
	fprintf(stderr, "trasloco: %s\n%s", sentence, usage);
	return EXIT_USAGE;
}

/* A sentence about an option, and the options that there are. */
static int
wrong_option(const struct format *format, const struct err *e)
{
	const struct format_option *o;

	complain(e);
	if (format->options == NULL)
		fprintf(stderr, "%s has no options.\n", format->title);
	else
		fprintf(stderr, "The options of %s:\n", format->title);
	for (o = format->options; o != NULL && o->name != NULL; o++)
		print_option(stderr, o);
	return EXIT_USAGE;
}

/* --- the command line --- */

/* 0 to go on, or the exit status + 1. */
static int
read_command_line(struct conversion *cv, int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "option", required_argument, NULL, 'o' },
		{ "site", required_argument, NULL, 's' },
		{ "report", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *why;
	int c;

	optind = 2;	/* behind "convert" */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'f':
			cv->from = optarg;
			break;
		case 't':
			cv->to = optarg;
			break;
		case 'o':
			if (strchr(optarg, '=') == NULL || cv->n_options == OPTIONS_MAX)
				return 1 + wrong_usage("An option is written --option NAME=VALUE.");
			cv->options[cv->n_options++] = optarg;
			break;
		case 's':
			if ((why = same_site_problem(optarg)) != NULL)
				return 1 + wrong_usage(why);
			if (weburl_usable(optarg, strlen(optarg)))
				return 1 + wrong_usage("A site is named without https://, www. and a slash at its end.");
			cv->site = optarg;
			break;
		case 'r':
			cv->report_path = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1 + EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return 1 + EXIT_USAGE;
		}
	if (argc - optind > 1)
		return 1 + wrong_usage("One file can be converted at a time.");
	if (optind < argc && strcmp(argv[optind], "-") != 0)
		cv->path = argv[optind];
	return 0;
}

/* The words that can be checked before any file is touched. */
static int
check_names(struct conversion *cv)
{
	if (cv->to == NULL || (cv->report.writer = writer_by_name(cv->to)) == NULL)
		return no_such_writer(cv->to);
	if (cv->from != NULL && format_by_name(cv->from) == NULL)
		return no_such_format(cv->from);
	return EXIT_SUCCESS;
}

/* --- the options of the format --- */

static const struct format_option *
option_of(const struct format *format, const char *name)
{
	const struct format_option *o = format->options;

	while (o != NULL && o->name != NULL && strcmp(o->name, name) != 0)
		o++;
	return o != NULL && o->name != NULL ? o : NULL;
}

/* The file goes in front of the other one; what the reader is told is its size. */
static int
take_file_option(struct conversion *cv, const char *path, const char **value, struct err *e)
{
	struct stat st;

	if ((cv->front = open(path, O_RDONLY | O_CLOEXEC)) == -1 || fstat(cv->front, &st) == -1)
		return err_sys(e, "cannot open %.300s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%.300s is not a regular file.", path);
	snprintf(cv->front_size, sizeof(cv->front_size), "%" PRId64, (int64_t)st.st_size);
	convert_file_front(cv->file, cv->front, st.st_size);
	*value = cv->front_size;
	return 0;
}

static bool
given(const struct conversion *cv, const char *name)
{
	const char *const *pair = cv->pairs;

	while (pair[0] != NULL && strcmp(pair[0], name) != 0)
		pair += 2;
	return pair[0] != NULL;
}

static void
add_pair(struct conversion *cv, const char *name, const char *value)
{
	const char **pair = cv->pairs;

	while (*pair != NULL)
		pair += 2;
	pair[0] = name;
	pair[1] = value;
}

static int
take_option(struct conversion *cv, char *word, struct err *e)
{
	const struct format *format = cv->report.format;
	char *equals = strchr(word, '=');
	const char *value = equals + 1;

	*equals = '\0';
	if (format_check_option(format, word, equals + 1, e) == -1)
		return -1;
	if (given(cv, word))
		return err_set(e, ERR_INPUT, "The option \"%s\" is given twice.", word);
	if (option_of(format, word)->kind == OPTION_FILE && take_file_option(cv, equals + 1, &value, e) == -1)
		return -1;
	add_pair(cv, word, value);
	return 0;
}

static int
take_options(struct conversion *cv, struct err *e)
{
	const struct format_option *o;
	int i;

	for (i = 0; i < cv->n_options; i++)
		if (take_option(cv, cv->options[i], e) == -1)
			return -1;
	if (cv->site != NULL)
		add_pair(cv, SAME_SITE_OPTION, cv->site);
	for (o = cv->report.format->options; o != NULL && o->name != NULL; o++)
		if (o->required && !given(cv, o->name))
			return err_set(e, ERR_INPUT, "A file of %s cannot be read without the option \"%s\" (%s).",
			    cv->report.format->title, o->name, o->title);
	return 0;
}

/* --- files --- */

static int
open_input(struct conversion *cv, struct err *e)
{
	if (cv->path != NULL && (cv->in = open(cv->path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_sys(e, "cannot open %.300s", cv->path);
	cv->file = convert_file_open(cv->path != NULL ? cv->in : STDIN_FILENO, &stop, e);
	return cv->file != NULL ? 0 : -1;
}

/* Before the work, so that it is not done in vain; emptied only once it is clear that it is not the file to be read. */
static int
open_report(struct conversion *cv, struct err *e)
{
	struct stat in, out;
	int fd;

	if (cv->report_path == NULL)
		return 0;
	if ((fd = open(cv->report_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) == -1)
		return err_sys(e, "cannot open %.300s", cv->report_path);
	if (fstat(fd, &out) == 0 && fstat(cv->path != NULL ? cv->in : STDIN_FILENO, &in) == 0 && S_ISREG(out.st_mode) &&
	    in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
		close(fd);
		return err_set(e, ERR_INPUT, "The report would replace the file that is to be read.");
	}
	if ((S_ISREG(out.st_mode) && ftruncate(fd, 0) == -1) || (cv->report_file = fdopen(fd, "w")) == NULL) {
		err_sys(e, "cannot write %.300s", cv->report_path);
		close(fd);
		return -1;
	}
	return 0;
}

static int
detect(struct conversion *cv, struct err *e)
{
	const uint8_t *head;
	size_t n;

	if (convert_file_head(cv->file, &head, &n, e) == -1)
		return -1;
	cv->report.format = format_detect(head, n, cv->from, e);
	return cv->report.format != NULL ? 0 : -1;
}

/* --- the work --- */

static void
show_progress(void *ctx, const struct convert_counts *n)
{
	struct conversion *cv = ctx;
	int64_t now_ms = clock_monotonic_ms();
	char read[32], size[24];

	if (!isatty(STDERR_FILENO) || now_ms - cv->shown_ms < PROGRESS_MS)
		return;
	cv->shown_ms = now_ms;
	num_format_count(read, n->read);
	num_format_size(size, n->bytes_read);
	fprintf(stderr, "\r\033[K%s comments, %s", read, size);
}

static int
convert(struct conversion *cv, bool *output_failed, struct err *e)
{
	struct output_fd out;
	const struct convert_config config = {
		.format = cv->report.format,
		.pairs = cv->pairs,
		.site = cv->site,
		.writer = cv->report.writer,
		.file = convert_file_input(cv->file),
		.rewind = convert_file_rewind,
		.ctx = cv->file,
		.out = &out.out,
		.stop = &stop,
		.progress = show_progress,
		.progress_ctx = cv,
	};
	struct err flush;
	int result;

	output_fd_init(&out, STDOUT_FILENO);
	result = convert_run(&config, &cv->report.counts, &cv->report.issues, output_failed, e);
	if (!*output_failed && output_fd_flush(&out, &flush) == -1) {
		*output_failed = true;
		*e = flush;
		result = -1;
	}
	if (cv->shown_ms != 0)
		fputs("\r\033[K", stderr);
	return result;
}

/* The summary, what went wrong, the report, and the line for programs.  Who hung up hears nothing. */
static int
tell(struct conversion *cv, int result, bool output_failed, struct err *e)
{
	const struct convert_counts *n = &cv->report.counts;
	bool quiet = output_failed && e->kind == ERR_CLIENT_GONE;
	struct err report_err;

	cv->report.err = result == -1 ? e : NULL;
	if (!quiet && cv->report.format != NULL)
		convert_report_summary(&cv->report);
	if (!quiet && result == -1) {
		complain(e);
		if (cv->report.format == NULL && e->kind == ERR_TYPE)
			fputs("Formats are chosen with --from; `trasloco formats` lists them.\n", stderr);
		else if (output_failed)
			fputs("What was written is not complete.\n", stderr);
		else if (n->read > 0)
			fputs("What was complete before that place was written.\n", stderr);
	}
	if (cv->report_file != NULL && convert_report_write(&cv->report, cv->report_file, &report_err) == -1) {
		complain(&report_err);
		result = -1;
	}
	if (!quiet)
		fprintf(stderr, "read=%" PRId64 " written=%" PRId64 " skipped=%" PRId64 "\n", n->read, n->written,
		    n->skipped);
	return result == -1 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
run(struct conversion *cv)
{
	bool output_failed = false;
	struct err e;
	int result;

	if (open_input(cv, &e) == -1 || open_report(cv, &e) == -1 || detect(cv, &e) == -1)
		return tell(cv, -1, false, &e);
	if (take_options(cv, &e) == -1)
		return e.kind == ERR_INPUT ? wrong_option(cv->report.format, &e) : tell(cv, -1, false, &e);
	result = convert(cv, &output_failed, &e);
	return tell(cv, result, output_failed, &e);
}

int
convert_main(int argc, char **argv)
{
	struct conversion cv = { .in = -1, .front = -1 };
	struct err e;
	int status;

	fill_descriptors();
	if ((status = read_command_line(&cv, argc, argv)) != 0)
		return status - 1;
	if ((status = check_names(&cv)) != EXIT_SUCCESS)
		return status;
	if (rnd_init(&e) == -1) {
		complain(&e);
		return EXIT_FAILURE;
	}
	set_signals();
	issues_init(&cv.report.issues);
	status = run(&cv);
	issues_free(&cv.report.issues);
	convert_file_close(cv.file);
	if (cv.report_file != NULL)
		fclose(cv.report_file);
	if (cv.front != -1)
		close(cv.front);
	if (cv.in != -1)
		close(cv.in);
	return status;
}
