#include "http/cookie.h"

bool
cookie_get(const char *header, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);
	const char *p = header, *end, *value;
	int found = 0;

	for (; *p != '\0'; p = *end == ';' ? end + 1 : end) {
		while (*p == ' ' || *p == '\t')
			p++;
		end = p + strcspn(p, ";");
		if ((size_t)(end - p) <= name_len || memcmp(p, name, name_len) != 0 || p[name_len] != '=')
			continue;
		value = p + name_len + 1;
		if ((size_t)(end - value) >= size || ++found > 1)
			return false;
		memcpy(out, value, (size_t)(end - value));
		out[end - value] = '\0';
	}
	return found == 1;
}

void
cookie_set(struct resp *r, const char *name, const char *value, int max_age, bool secure)
{
	char line[512], age[32] = "";

	if (max_age >= 0)
		snprintf(age, sizeof(age), "; Max-Age=%d", max_age);
	snprintf(line, sizeof(line), "%s=%s; Path=/%s; HttpOnly; SameSite=Lax%s", name, value, age,
	    secure ? "; Secure" : "");
	resp_header(r, "Set-Cookie", line);
}
