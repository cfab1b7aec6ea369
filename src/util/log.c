#include "util/log.h"

#include "util/clock.h"
#include "util/esc.h"

#define LINE_MAX_BYTES	2048

static const char *program = "trasloco";
static _Thread_local char context[96];

void
log_init(const char *prog)
{
	program = prog;
}

void
log_context(const char *key, const char *value)
{
	char buf[64];

	if (key == NULL)
		context[0] = '\0';
	else
		snprintf(context, sizeof(context), "%s=%s ", key, log_value(buf, sizeof(buf), value));
}

const char *
log_value(char *buf, size_t size, const char *s)
{
	struct sb sb;

	sb_init(&sb, LINE_MAX_BYTES);
	esc_log(&sb, s, strlen(s));
	snprintf(buf, size, "%s", sb_text(&sb));
	sb_free(&sb);
	return buf;
}

static void PRINTF(3, 0)
write_line(const char *level, const char *event, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES], ts[CLOCK_TEXT_SIZE];
	size_t len, i;
	int n;

	clock_format(ts, clock_now_ms());
	n = snprintf(line, sizeof(line), "ts=%s level=%s prog=%s pid=%d %sevent=%s ",
	    ts, level, program, (int)getpid(), context, event);
	if (n < 0)
		return;
	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	len = strlen(line);

	/* Whatever slipped through: one event stays one line. */
	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20)
			line[i] = ' ';
	line[len++] = '\n';

	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

#define DEFINE_LEVEL(name, level)				\
void								\
name(const char *event, const char *fmt, ...)			\
{								\
	va_list ap;						\
								\
	va_start(ap, fmt);					\
	write_line(level, event, fmt, ap);			\
	va_end(ap);						\
}

DEFINE_LEVEL(log_info, "info")
DEFINE_LEVEL(log_warn, "warn")
DEFINE_LEVEL(log_error, "error")

void
log_err(const char *event, const struct err *e)
{
	char msg[1024];

	log_value(msg, sizeof(msg), e->msg);
	if (err_shown(e->kind) || e->kind == ERR_CLIENT_GONE || e->kind == ERR_CANCELLED)
		log_info(event, "kind=%s msg=%s", err_kind_name(e->kind), msg);
	else
		log_error(event, "kind=%s sys=%d msg=%s", err_kind_name(e->kind), e->sys, msg);
}
