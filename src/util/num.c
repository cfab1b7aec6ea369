#include "util/num.h"

int
num_parse(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long v;

	if (!((*s >= '0' && *s <= '9') || (*s == '-' && s[1] >= '0' && s[1] <= '9')))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

int
num_parse_size(const char *s, int64_t *out)
{
	static const char units[] = "KMGT";
	char digits[24];
	const char *unit;
	size_t len = strlen(s);
	int64_t v, factor = 1;

	if (len == 0 || len >= sizeof(digits))
		return -1;
	memcpy(digits, s, len + 1);
	if ((unit = strchr(units, digits[len - 1])) != NULL) {
		digits[len - 1] = '\0';
		factor <<= 10 * (unit - units + 1);
	}
	if (num_parse(digits, 0, INT64_MAX, &v) == -1 || __builtin_mul_overflow(v, factor, out))
		return -1;
	return 0;
}

void
num_format_size(char out[24], int64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
	double v = (double)bytes / 1000;
	size_t i = 0;

	if (bytes < 1000) {
		snprintf(out, 24, "%d B", (int)MAX(bytes, 0));
		return;
	}
	/* 999.5 would print as 1000 of a unit that has a larger one. */
	for (; v >= 999.5 && i + 1 < ARRAY_LEN(units); i++)
		v /= 1000;
	snprintf(out, 24, v < 9.995 ? "%.2f %s" : v < 99.95 ? "%.1f %s" : "%.0f %s", v, units[i]);
}

void
num_format_limit(char out[40], int64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	char count[32];
	size_t i = 0;

	for (; bytes > 0 && bytes % 1024 == 0 && i + 1 < ARRAY_LEN(units); i++)
		bytes /= 1024;
	num_format_count(count, bytes);
	snprintf(out, 40, "%.28s %s", count, units[i]);
}

void
num_format_count(char out[32], int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n), i, j = 0;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			out[j++] = ',';
		out[j++] = digits[i];
	}
	out[j] = '\0';
}
