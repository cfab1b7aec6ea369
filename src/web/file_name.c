#include "web/file_name.h"

#include "util/utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

void
file_name_clean(const char *sent, char out[FILE_NAME_SIZE])
{
	const char *p = sent + strlen(sent);
	size_t n = 0;

	while (p > sent && p[-1] != '/' && p[-1] != '\\')
		p--;
	while (*p != '\0') {
		size_t len = utf8_sequence(p, strlen(p));
		bool odd = len == 0 || (unsigned char)*p < 0x20 || *p == 0x7f;
		const char *from = odd ? replacement : p;
		size_t add = odd ? sizeof(replacement) - 1 : len;

		if (n + add >= FILE_NAME_SIZE)
			break;
		memcpy(out + n, from, add);
		n += add;
		p += odd ? 1 : len;
	}
	out[n] = '\0';
}
