#include "util/clock.h"

#define DAY_MS		(INT64_C(86400) * 1000)
#define YEAR_1990_MS	(INT64_C(631152000) * 1000)

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void
format(char out[CLOCK_TEXT_SIZE], int64_t ms, char between, const char *zone)
{
	struct tm tm;
	time_t sec;
	int64_t fraction = ms % 1000;

	out[0] = '\0';
	if (ms == CLOCK_UNKNOWN)
		return;
	if (fraction < 0)
		fraction += 1000;
	sec = (time_t)((ms - fraction) / 1000);
	if (gmtime_r(&sec, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return;
	snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02u%c%02u:%02u:%02u.%03u%s", (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100, between, (unsigned)tm.tm_hour % 100,
	    (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100, (unsigned)fraction % 1000, zone);
}

void
clock_format(char out[CLOCK_TEXT_SIZE], int64_t ms)
{
	format(out, ms, 'T', "Z");
}

void
clock_format_sql(char out[CLOCK_TEXT_SIZE], int64_t ms)
{
	format(out, ms, ' ', "");
}

/* Reads exactly digits decimal digits at *p, moves *p behind them. */
static int
number(const char **p, const char *end, int digits, int *out)
{
	int v = 0;

	for (; digits > 0; digits--, (*p)++) {
		if (*p == end || **p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return 0;
}

static int
literal(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return -1;
	(*p)++;
	return 0;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar, from counting whole eras of 400 years. */
static int64_t
days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int
clock_parse(const char *s, size_t n, int64_t *ms)
{
	const char *p = s, *end = s + n;
	int year, month, day, hour, minute, second, fraction = 0, scale = 100, zone = 0;

	if (number(&p, end, 4, &year) || literal(&p, end, '-') || number(&p, end, 2, &month) ||
	    literal(&p, end, '-') || number(&p, end, 2, &day))
		return -1;
	if (p == end || (*p != 'T' && *p != 't' && *p != ' '))
		return -1;
	p++;
	if (number(&p, end, 2, &hour) || literal(&p, end, ':') || number(&p, end, 2, &minute) ||
	    literal(&p, end, ':') || number(&p, end, 2, &second))
		return -1;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
	    hour > 23 || minute > 59 || second > 60)
		return -1;
	if (p != end && *p == '.') {
		if (++p == end || *p < '0' || *p > '9')
			return -1;
		for (; p != end && *p >= '0' && *p <= '9'; p++, scale /= 10)
			fraction += (*p - '0') * scale;
	}
	if (p != end && (*p == 'Z' || *p == 'z')) {
		p++;
	} else if (p != end && (*p == '+' || *p == '-')) {
		int sign = *p++ == '-' ? -1 : 1, zone_hour, zone_minute = 0;

		/* PostgreSQL leaves out the minutes when there are none. */
		if (number(&p, end, 2, &zone_hour) || zone_hour > 23 ||
		    (p != end && ((*p == ':' && literal(&p, end, ':')) || number(&p, end, 2, &zone_minute) || zone_minute > 59)))
			return -1;
		zone = sign * (zone_hour * 60 + zone_minute);
	}
	if (p != end)
		return -1;
	*ms = days_from_civil(year, month, day) * DAY_MS +
	    ((int64_t)hour * 3600 + (minute - zone) * 60 + MIN(second, 59)) * 1000 + fraction;
	return 0;
}

bool
clock_plausible(int64_t ms, int64_t now_ms)
{
	return ms >= YEAR_1990_MS && ms <= now_ms + DAY_MS;
}
