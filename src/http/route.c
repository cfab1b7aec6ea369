#include "http/route.h"

#include "util/num.h"

#define ID_MARK	"{id}"

static bool
pattern_fits(const char *pattern, const char *path, int64_t *id)
{
	const char *mark = strstr(pattern, ID_MARK);
	size_t before = mark != NULL ? (size_t)(mark - pattern) : 0, tail, len;
	char digits[20];

	*id = 0;
	if (mark == NULL)
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, before) != 0)
		return false;
	tail = strlen(mark + strlen(ID_MARK));
	len = strlen(path + before);
	/* No leading zero or sign: each job has one address. */
	if (len <= tail || len - tail >= sizeof(digits) || path[before] < '1' || path[before] > '9' ||
	    strcmp(path + before + len - tail, mark + strlen(ID_MARK)) != 0)
		return false;
	memcpy(digits, path + before, len - tail);
	digits[len - tail] = '\0';
	return num_parse(digits, 1, INT64_MAX, id) == 0;
}

void
route_find(const struct route *table, size_t n, enum route_pool pool, const struct req *req,
    struct route_match *m)
{
	static const char *const names[REQ_METHOD__MAX] = { [REQ_GET] = "GET, HEAD", [REQ_POST] = "POST", [REQ_PUT] = "PUT",
	    [REQ_PATCH] = "PATCH", [REQ_DELETE] = "DELETE", [REQ_OTHER] = "" };
	size_t i, len = 0;
	int64_t id;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < n; i++) {
		if ((table[i].who == ROUTE_PRIVATE) != req->private || !pattern_fits(table[i].pattern, req->path, &id))
			continue;
		if (table[i].method == req->method && table[i].pool == pool) {
			m->route = &table[i];
			m->id = id;
			return;
		}
		len += (size_t)snprintf(m->allow + len, sizeof(m->allow) - len, "%s%s", len > 0 ? ", " : "",
		    names[table[i].method]);
	}
}
