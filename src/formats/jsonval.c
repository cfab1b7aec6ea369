#include <json-c/json.h>

#include "formats/jsonval.h"

#include "util/clock.h"

#define SECONDS_BELOW	INT64_C(100000000000)	/* 10^11: as seconds the year 5138, as milliseconds 1973 */

/* --- names ------------------------------------------------------------------------------ */

/* Without case, - and _. */
static bool
folded_equal(const char *a, const char *b, size_t b_n)
{
	const char *b_end = b + b_n;

	for (;; a++, b++) {
		while (*a == '-' || *a == '_')
			a++;
		while (b < b_end && (*b == '-' || *b == '_'))
			b++;
		if (b == b_end || *a == '\0')
			return b == b_end && *a == '\0';
		if (*a == *b)
			continue;
		if ((*a | 0x20) != (*b | 0x20) || (*a | 0x20) < 'a' || (*a | 0x20) > 'z')
			return false;
	}
}

/* The typed values of a key-value database. */
static struct json_object *
unwrap(struct json_object *value)
{
	static const char *const types[] = { "S", "N", "BOOL", "M", "L" };
	struct json_object *inner;
	size_t i;

	if (!json_object_is_type(value, json_type_object) || json_object_object_length(value) != 1)
		return value;
	if (json_object_object_get_ex(value, "NULL", NULL))
		return NULL;
	for (i = 0; i < ARRAY_LEN(types); i++)
		if (json_object_object_get_ex(value, types[i], &inner))
			return inner;
	return value;
}

static bool
empty(struct json_object *value)
{
	return value == NULL || (json_object_is_type(value, json_type_string) && json_object_get_string_len(value) == 0);
}

/* The next of the names; *exact: it began with `=`. */
static size_t
next_name(const char **names, const char **name, bool *exact)
{
	*name = *names + strspn(*names, " ");
	*exact = **name == '=';
	*name += *exact;
	*names = *name + strcspn(*name, " ");
	return (size_t)(*names - *name);
}

bool
jsonval_named(const char *s, const char *names)
{
	const char *name;
	bool exact;
	size_t n;

	while ((n = next_name(&names, &name, &exact)) > 0)
		if (folded_equal(s, name, n))
			return true;
	return false;
}

enum spelling { AS_IT_IS, FOLDED };

/* A member of one of the names in this spelling that is not empty.  *there: one is there, be it empty. */
static struct json_object *
find(struct json_object *object, const char *names, enum spelling spelling, bool *there)
{
	const char *name;
	bool exact;
	size_t n;

	while ((n = next_name(&names, &name, &exact)) > 0) {
		json_object_object_foreach(object, key, member) {
			if (spelling == AS_IT_IS || exact ? strlen(key) != n || memcmp(key, name, n) != 0 :
			    !folded_equal(key, name, n))
				continue;
			*there = true;
			if (!empty(member = unwrap(member)))
				return member;
		}
	}
	return NULL;
}

static struct json_object *
look_up(struct json_object *object, const char *names, bool *there)
{
	struct json_object *value;

	*there = false;
	if (!json_object_is_type(object, json_type_object))
		return NULL;
	value = find(object, names, AS_IT_IS, there);
	return value != NULL ? value : find(object, names, FOLDED, there);
}

struct json_object *
jsonval_get(struct json_object *object, const char *names)
{
	bool there;

	return look_up(object, names, &there);
}

bool
jsonval_has(struct json_object *object, const char *names)
{
	bool there;

	look_up(object, names, &there);
	return there;
}

/* --- values ------------------------------------------------------------------------------ */

bool
jsonval_as_text(struct json_object *value, struct arena *arena, struct text *out)
{
	const char *p;
	size_t n;

	*out = (struct text){ .said = false };
	if (value == NULL || json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
		return true;
	/* The text of a number is kept by json-c as it was written. */
	p = json_object_get_string(value);
	n = json_object_is_type(value, json_type_string) ? (size_t)json_object_get_string_len(value) : strlen(p);
	if ((out->p = arena_memdup(arena, p, n)) == NULL)
		return false;
	out->n = n;
	out->said = true;
	return true;
}

bool
jsonval_text(struct json_object *object, const char *names, struct arena *arena, struct text *out)
{
	bool there;
	struct json_object *value = look_up(object, names, &there);

	if (!jsonval_as_text(value, arena, out))
		return false;
	if (value == NULL && there)
		*out = (struct text){ .p = "", .said = true };
	return true;
}

bool
jsonval_flag(struct json_object *value, bool otherwise)
{
	value = unwrap(value);
	switch (value != NULL ? json_object_get_type(value) : json_type_null) {
	case json_type_boolean:
		return json_object_get_boolean(value);
	case json_type_int:
		return json_object_get_int64(value) != 0;
	case json_type_string:
		if (jsonval_named(json_object_get_string(value), "true t yes y 1"))
			return true;
		return jsonval_named(json_object_get_string(value), "false f no n 0") ? false : otherwise;
	default:
		return otherwise;
	}
}

/* Digits, with a sign perhaps. */
static bool
whole(const char *s, int64_t *v)
{
	char *end;

	s += strspn(s, " \t\r\n");
	if (*s == '\0')
		return false;
	errno = 0;
	*v = strtoll(s, &end, 10);
	end += strspn(end, " \t\r\n");
	return *end == '\0' && errno == 0;
}

static bool
whole_number(struct json_object *value, int64_t *v)
{
	double d;

	switch (value != NULL ? json_object_get_type(value) : json_type_null) {
	case json_type_int:
		*v = json_object_get_int64(value);
		return true;
	case json_type_double:
		d = json_object_get_double(value);
		*v = d > -9e15 && d < 9e15 ? (int64_t)d : 0;
		return d > -9e15 && d < 9e15;
	case json_type_string:
		return whole(json_object_get_string(value), v);
	default:
		return false;
	}
}

int64_t
jsonval_int(struct json_object *value, int64_t otherwise)
{
	int64_t v;

	return whole_number(unwrap(value), &v) ? v : otherwise;
}

int64_t
jsonval_date(struct json_object *value)
{
	int64_t v;

	value = unwrap(value);
	if (whole_number(value, &v)) {
		if (v <= -SECONDS_BELOW || v >= SECONDS_BELOW)
			return v;
		/* The fraction of 1700000000.5 is worth keeping. */
		return json_object_is_type(value, json_type_double) ? (int64_t)(json_object_get_double(value) * 1000) : v * 1000;
	}
	if (!json_object_is_type(value, json_type_string) ||
	    clock_parse(json_object_get_string(value), (size_t)json_object_get_string_len(value), &v) == -1)
		return CLOCK_UNKNOWN;
	return v;
}

struct number
jsonval_date_field(struct json_object *object, const char *names)
{
	struct number date;
	struct json_object *value = look_up(object, names, &date.said);

	date.v = jsonval_date(value);
	return date;
}
