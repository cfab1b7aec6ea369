#include "text/render.h"

int
render_body(enum body_kind kind, const char *p, size_t n, struct arena *arena, struct text *out, struct err *e)
{
	(void)kind, (void)arena, (void)e;
	*out = (struct text){ .p = p, .n = n, .said = true };
	return 0;
}
