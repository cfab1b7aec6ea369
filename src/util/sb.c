#include "util/sb.h"

void
sb_init(struct sb *sb, size_t cap)
{
	memset(sb, 0, sizeof(*sb));
	sb->cap = cap;
}

void
sb_free(struct sb *sb)
{
	free(sb->p);
	sb_init(sb, sb->cap);
}

void
sb_reset(struct sb *sb)
{
	sb->n = 0;
	sb->failed = false;
	if (sb->p != NULL)
		sb->p[0] = '\0';
}

static bool
reserve(struct sb *sb, size_t more)
{
	size_t size = sb->size > 0 ? sb->size : 64;
	char *p;

	if (sb->failed || more > sb->cap - sb->n) {
		sb->failed = true;
		return false;
	}
	if (sb->size - sb->n > more)
		return true;
	while (size - sb->n <= more)
		size *= 2;
	if ((p = realloc(sb->p, size)) == NULL) {
		sb->failed = true;
		return false;
	}
	sb->p = p;
	sb->size = size;
	return true;
}

void
sb_add(struct sb *sb, const void *src, size_t n)
{
	if (n == 0 || !reserve(sb, n))
		return;
	memcpy(sb->p + sb->n, src, n);
	sb->n += n;
	sb->p[sb->n] = '\0';
}

void
sb_str(struct sb *sb, const char *s)
{
	sb_add(sb, s, strlen(s));
}

void
sb_char(struct sb *sb, char c)
{
	sb_add(sb, &c, 1);
}

void
sb_printf(struct sb *sb, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		sb->failed = true;
		return;
	}
	if (!reserve(sb, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(sb->p + sb->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	sb->n += (size_t)n;
}

bool
sb_ok(const struct sb *sb)
{
	return !sb->failed;
}

const char *
sb_text(const struct sb *sb)
{
	return sb->p != NULL ? sb->p : "";
}
