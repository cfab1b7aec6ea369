#include "web/json.h"

#include "util/clock.h"
#include "util/esc.h"

void
json_string(struct sb *out, const char *s)
{
	sb_char(out, '"');
	esc_json(out, s, strlen(s));
	sb_char(out, '"');
}

void
json_time(struct sb *out, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, ms);
	if (ms == CLOCK_UNKNOWN)
		sb_str(out, "null");
	else
		json_string(out, text);
}
