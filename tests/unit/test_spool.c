/* Spool files and their keys: what goes in comes out, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "spool/key.h"
#include "spool/sign.h"
#include "spool/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "util/rnd.h"

#define CHUNK		65536
#define HEADER		40
#define SEALED_CHUNK	(CHUNK + 17)

struct fixture {
	char			 path[64];
	struct spool_dir	*dir;
	struct key_pair		*pair;
	char			 public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];
	struct file_key		*key;
	uint8_t			 sealed[KEY_SEALED_SIZE];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err e;

	assert_non_null(f);
	memcpy(f->path, "/tmp/test_spool.XXXXXX", 23);
	assert_non_null(mkdtemp(f->path));
	assert_non_null(f->dir = spool_dir_open(f->path, &e));
	key_generate(f->public_hex, f->secret_hex);
	assert_non_null(f->pair = key_pair_load(f->public_hex, f->secret_hex, &e));
	assert_non_null(f->key = file_key_new(f->public_hex, f->sealed, &e));
	*state = f;
	return 0;
}

static int
remove_all(void *ctx, const char *name, struct err *e)
{
	(void)ctx, (void)name, (void)e;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	struct err e;

	assert_int_not_equal(spool_sweep(f->dir, remove_all, NULL, &e), -1);
	assert_int_equal(rmdir(f->path), 0);
	file_key_free(f->key);
	key_pair_free(f->pair);
	spool_dir_close(f->dir);
	free(f);
	return 0;
}

/* Bytes that differ from chunk to chunk, so that reordering shows. */
static char *
pattern(size_t n)
{
	char *p = malloc(n + 1);
	size_t i;

	assert_non_null(p);
	for (i = 0; i < n; i++)
		p[i] = (char)(i * 31 + i / CHUNK);
	return p;
}

static void
spool(struct fixture *f, const char *data, size_t n, size_t step, char name[SPOOL_NAME_SIZE])
{
	struct spool_writer *w;
	struct err e;
	size_t at;

	assert_non_null(w = spool_create(f->dir, f->key, &e));
	for (at = 0; at < n; at += MIN(step, n - at))
		assert_int_equal(spool_write(w, data + at, MIN(step, n - at), &e), 0);
	assert_int_equal(spool_finish(w, &e), 0);
	memcpy(name, spool_writer_name(w), SPOOL_NAME_SIZE);
	spool_writer_close(w, true);
}

static void
assert_reads(struct spool_reader *r, const char *data, size_t n)
{
	char *back = malloc(n + 100);
	struct err e;

	assert_non_null(back);
	assert_int_equal(input_read_full(spool_reader_input(r), back, n + 100, &e), n);
	assert_memory_equal(back, data, n);
	free(back);
}

/* Reads to the end; how many bytes came before the error, which must be ERR_CRYPTO. */
static size_t
bytes_before_break(struct fixture *f, const char *name)
{
	struct spool_reader *r;
	size_t total = 0;
	char buf[5000];
	struct err e = { .kind = ERR_NONE };
	ssize_t n = -1;

	if ((r = spool_open(f->dir, name, f->key, &e)) != NULL)
		while ((n = input_read(spool_reader_input(r), buf, sizeof(buf), &e)) > 0)
			total += (size_t)n;
	assert_int_equal(n, -1);
	assert_int_equal(e.kind, ERR_CRYPTO);
	spool_reader_close(r);
	return total;
}

static int
open_raw(struct fixture *f, const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	assert_int_not_equal(fd = open(path, flags), -1);
	return fd;
}

static off_t
size_of(struct fixture *f, const char *name)
{
	struct stat st;
	int fd = open_raw(f, name, O_RDONLY);

	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	return st.st_size;
}

static void
flip(struct fixture *f, const char *name, off_t at)
{
	int fd = open_raw(f, name, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void
a_file_of_any_length_comes_back_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77 };
	static const size_t steps[] = { 1000, CHUNK, 10 * CHUNK };
	struct spool_reader *r;
	char name[SPOOL_NAME_SIZE], *data;
	struct err e;
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(sizes); i++)
		for (j = 0; j < ARRAY_LEN(steps); j++) {
			data = pattern(sizes[i]);
			spool(*state, data, sizes[i], steps[j], name);
			assert_non_null(r = spool_open(((struct fixture *)*state)->dir, name,
			    ((struct fixture *)*state)->key, &e));
			assert_reads(r, data, sizes[i]);
			spool_reader_close(r);
			free(data);
		}
}

static void
the_layout_is_that_of_the_document(void **state)
{
	char name[SPOOL_NAME_SIZE], head[16], *data = pattern(2 * CHUNK);
	int fd;

	spool(*state, data, 2 * CHUNK, 4096, name);
	assert_int_equal(strlen(name), 38);
	assert_string_equal(name + 32, ".spool");
	assert_int_equal(size_of(*state, name), HEADER + 2 * SEALED_CHUNK);
	fd = open_raw(*state, name, O_RDONLY);
	assert_int_equal(read(fd, head, 16), 16);
	assert_memory_equal(head, "TRSLSPL1\1\0\0\0\0\0\1\0", 16);
	close(fd);
	free(data);
}

static void
no_plain_byte_reaches_the_disk(void **state)
{
	static const char marker[] = "a marker that nobody may find";
	char name[SPOOL_NAME_SIZE], raw[4096];
	ssize_t n;
	int fd;

	spool(*state, marker, sizeof(marker), 7, name);
	fd = open_raw(*state, name, O_RDONLY);
	n = read(fd, raw, sizeof(raw));
	assert_int_equal(n, HEADER + sizeof(marker) + 17);
	assert_null(memmem(raw, (size_t)n, "marker", 6));
	close(fd);
}

static void
rewinding_gives_the_same_bytes_again(void **state)
{
	struct fixture *f = *state;
	size_t size = 2 * CHUNK + 5;
	char name[SPOOL_NAME_SIZE], *data = pattern(size), some[100];
	struct spool_reader *r;
	struct err e;

	spool(f, data, size, CHUNK, name);
	assert_non_null(r = spool_open(f->dir, name, f->key, &e));
	assert_int_equal(input_read_full(spool_reader_input(r), some, sizeof(some), &e), sizeof(some));
	assert_int_equal(spool_rewind(r, &e), 0);
	assert_reads(r, data, size);
	assert_int_equal(spool_rewind(r, &e), 0);
	assert_reads(r, data, size);
	spool_reader_close(r);
	free(data);
}

static void
a_changed_byte_anywhere_is_noticed(void **state)
{
	/* magic, version, chunk size, stream header, first and last byte of each chunk */
	static const off_t places[] = { 0, 8, 14, 20, HEADER, HEADER + SEALED_CHUNK - 1, HEADER + SEALED_CHUNK,
	    HEADER + 2 * SEALED_CHUNK - 1, HEADER + 2 * SEALED_CHUNK, HEADER + 2 * SEALED_CHUNK + 5 + 16 };
	char name[SPOOL_NAME_SIZE], *data = pattern(2 * CHUNK + 5);
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++) {
		spool(*state, data, 2 * CHUNK + 5, CHUNK, name);
		flip(*state, name, places[i]);
		assert_int_equal(bytes_before_break(*state, name),
		    places[i] < HEADER + SEALED_CHUNK ? 0 : places[i] < HEADER + 2 * SEALED_CHUNK ? CHUNK : 2 * CHUNK);
	}
	free(data);
}

static void
a_missing_end_is_noticed_wherever_it_is_cut(void **state)
{
	static const off_t lengths[] = { 0, 7, HEADER - 1, HEADER, HEADER + 16, HEADER + 17, HEADER + SEALED_CHUNK - 1,
	    HEADER + SEALED_CHUNK, HEADER + SEALED_CHUNK + 100, HEADER + 2 * SEALED_CHUNK - 1 };
	char name[SPOOL_NAME_SIZE], *data = pattern(2 * CHUNK);
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		spool(*state, data, 2 * CHUNK, CHUNK, name);
		fd = open_raw(*state, name, O_RDWR);
		assert_int_equal(ftruncate(fd, lengths[i]), 0);
		close(fd);
		assert_int_equal(bytes_before_break(*state, name), lengths[i] < HEADER + SEALED_CHUNK ? 0 : CHUNK);
	}
	free(data);
}

static void
bytes_after_the_end_are_refused(void **state)
{
	static const size_t sizes[] = { 5, CHUNK };
	char name[SPOOL_NAME_SIZE], *data = pattern(CHUNK);
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		spool(*state, data, sizes[i], CHUNK, name);
		fd = open_raw(*state, name, O_WRONLY | O_APPEND);
		assert_int_equal(write(fd, "x", 1), 1);
		close(fd);
		assert_int_equal(bytes_before_break(*state, name), 0);
	}
	free(data);
}

static void
exchanged_chunks_are_noticed(void **state)
{
	char name[SPOOL_NAME_SIZE], *data = pattern(3 * CHUNK), *a = malloc(SEALED_CHUNK), *b = malloc(SEALED_CHUNK);
	int fd;

	assert_non_null(a);
	assert_non_null(b);
	spool(*state, data, 3 * CHUNK, CHUNK, name);
	fd = open_raw(*state, name, O_RDWR);
	assert_int_equal(pread(fd, a, SEALED_CHUNK, HEADER), SEALED_CHUNK);
	assert_int_equal(pread(fd, b, SEALED_CHUNK, HEADER + SEALED_CHUNK), SEALED_CHUNK);
	assert_int_equal(pwrite(fd, b, SEALED_CHUNK, HEADER), SEALED_CHUNK);
	assert_int_equal(pwrite(fd, a, SEALED_CHUNK, HEADER + SEALED_CHUNK), SEALED_CHUNK);
	close(fd);
	assert_int_equal(bytes_before_break(*state, name), 0);
	free(a);
	free(b);
	free(data);
}

static void
a_sealed_key_opens_for_its_pair_only(void **state)
{
	struct fixture *f = *state;
	char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE], name[SPOOL_NAME_SIZE];
	struct spool_reader *r;
	struct file_key *key;
	struct key_pair *other;
	struct err e;

	spool(f, "text", 4, 4, name);
	assert_non_null(key = file_key_open(f->pair, f->sealed, &e));
	assert_non_null(r = spool_open(f->dir, name, key, &e));
	assert_reads(r, "text", 4);
	spool_reader_close(r);
	file_key_free(key);

	key_generate(public_hex, secret_hex);
	assert_non_null(other = key_pair_load(public_hex, secret_hex, &e));
	assert_null(file_key_open(other, f->sealed, &e));
	assert_int_equal(e.kind, ERR_CRYPTO);
	key_pair_free(other);
	key_pair_free(NULL);
	file_key_free(NULL);
}

static void
malformed_or_strange_keys_are_a_matter_of_configuration(void **state)
{
	struct fixture *f = *state;
	char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];
	uint8_t sealed[KEY_SEALED_SIZE];
	struct err e;

	key_generate(public_hex, secret_hex);
	assert_null(key_pair_load(public_hex, f->secret_hex, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(key_pair_load("", secret_hex, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(key_pair_load(public_hex, "abc", &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(file_key_new("zz", sealed, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	memset(public_hex, '0', 64);
	assert_null(file_key_new(public_hex, sealed, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
}

static void
the_mode_follows_the_directory(void **state)
{
	struct fixture *f = *state;
	char name[SPOOL_NAME_SIZE];
	struct stat st;
	struct err e;
	mode_t old = umask(077);
	int fd;

	spool(f, "x", 1, 1, name);
	fd = open_raw(f, name, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);

	spool_dir_close(f->dir);
	assert_int_equal(chmod(f->path, 02770), 0);
	assert_non_null(f->dir = spool_dir_open(f->path, &e));
	spool(f, "x", 1, 1, name);
	fd = open_raw(f, name, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	close(fd);
	umask(old);
}

static void
a_directory_open_to_others_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err e;

	assert_int_equal(chmod(f->path, 0701), 0);
	assert_null(spool_dir_open(f->path, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(chmod(f->path, 0700), 0);
	assert_null(spool_dir_open("/nowhere/at/all", &e));
	assert_int_equal(e.kind, ERR_CONFIG);
}

static bool
exists(struct fixture *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	return access(path, F_OK) == 0;
}

static void
a_writer_that_gives_up_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct spool_writer *w;
	char name[SPOOL_NAME_SIZE];
	struct err e;

	assert_non_null(w = spool_create(f->dir, f->key, &e));
	memcpy(name, spool_writer_name(w), SPOOL_NAME_SIZE);
	assert_true(exists(f, name));
	assert_int_equal(spool_write(w, "half", 4, &e), 0);
	spool_writer_close(w, false);
	assert_false(exists(f, name));
	spool_writer_close(NULL, false);
}

static int
keep_named(void *ctx, const char *name, struct err *e)
{
	if (strcmp(name, ((const char **)ctx)[0]) == 0)
		return 1;
	if (strcmp(name, ((const char **)ctx)[1]) == 0)
		return err_set(e, ERR_DB_LOST, "who knows");
	return 0;
}

static void
the_sweep_takes_only_what_nobody_owns(void **state)
{
	struct fixture *f = *state;
	char owned[SPOOL_NAME_SIZE], unsure[SPOOL_NAME_SIZE], left[SPOOL_NAME_SIZE], foreign[128];
	const char *names[2] = { owned, unsure };
	struct spool_writer *w;
	struct err e;
	int fd;

	spool(f, "a", 1, 1, owned);
	spool(f, "b", 1, 1, unsure);
	spool(f, "c", 1, 1, left);
	assert_non_null(w = spool_create(f->dir, f->key, &e));
	snprintf(foreign, sizeof(foreign), "%s/notes.txt", f->path);
	assert_int_not_equal(fd = open(foreign, O_CREAT | O_WRONLY, 0600), -1);
	close(fd);

	assert_int_equal(spool_sweep(f->dir, keep_named, names, &e), 1);
	assert_true(exists(f, owned));
	assert_true(exists(f, unsure));
	assert_false(exists(f, left));
	assert_true(exists(f, spool_writer_name(w)));
	assert_true(exists(f, "notes.txt"));

	/* A finished file stays locked until its row is there. */
	assert_int_equal(spool_finish(w, &e), 0);
	assert_int_equal(spool_sweep(f->dir, remove_all, NULL, &e), 2);
	assert_true(exists(f, spool_writer_name(w)));
	spool_writer_close(w, true);
	assert_int_equal(spool_sweep(f->dir, remove_all, NULL, &e), 1);
	assert_int_equal(unlink(foreign), 0);
}

static void
unlinking_minds_its_own_files_only(void **state)
{
	struct fixture *f = *state;
	char name[SPOOL_NAME_SIZE];
	struct err e;

	spool(f, "a", 1, 1, name);
	assert_int_equal(spool_unlink(f->dir, name, &e), 0);
	assert_false(exists(f, name));
	assert_int_equal(spool_unlink(f->dir, name, &e), 0);
	assert_int_equal(spool_unlink(f->dir, "../etc/passwd", &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	assert_null(spool_open(f->dir, "../../etc/passwd", f->key, &e));
	assert_int_equal(e.kind, ERR_BUG);
	assert_null(spool_open(f->dir, name, f->key, &e));
	assert_int_equal(e.kind, ERR_SYS);
}

static void
one_process_at_a_time_works_on_a_directory(void **state)
{
	struct fixture *f = *state;
	struct err e = { .kind = ERR_NONE };
	int status;
	pid_t pid;

	assert_int_equal(spool_lock_workers(f->dir, &e), 0);
	if ((pid = fork()) == 0)
		_exit(spool_lock_workers(f->dir, &e) == -1 && e.kind == ERR_CONFLICT ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
a_signature_hangs_on_secret_time_and_body(void **state)
{
	/* HMAC-SHA256 of "1700000000.{}" by the Python module hmac. */
	static const char secret[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	static const char expected[] = "8419c80d21efc7adad551e92dd1f7054c216303c9788daaa096db3b27cbf1125";
	struct fixture *f = *state;
	char public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE], fresh[SIGN_SECRET_SIZE], out[SIGN_HEX_SIZE], out2[SIGN_HEX_SIZE];
	uint8_t sealed[SIGN_SEALED_SIZE];
	struct key_pair *other;
	struct err e;

	assert_int_equal(key_seal(f->public_hex, secret, SIGN_SECRET_SIZE - 1, sealed, &e), 0);
	assert_int_equal(sign_message(f->pair, sealed, sizeof(sealed), "1700000000", "{}", 2, out, &e), 0);
	assert_string_equal(out, expected);
	assert_int_equal(sign_message(f->pair, sealed, sizeof(sealed), "1700000001", "{}", 2, out2, &e), 0);
	assert_string_not_equal(out, out2);

	assert_int_equal(sign_secret_new(f->public_hex, fresh, sealed, &e), 0);
	assert_int_equal(strspn(fresh, "0123456789abcdef"), SIGN_SECRET_SIZE - 1);
	assert_int_equal(sign_message(f->pair, sealed, sizeof(sealed), "1700000000", "{}", 2, out2, &e), 0);
	assert_string_not_equal(out, out2);
	assert_int_equal(sign_message(f->pair, sealed, sizeof(sealed) - 1, "1", "", 0, out, &e), -1);
	key_generate(public_hex, secret_hex);
	assert_non_null(other = key_pair_load(public_hex, secret_hex, &e));
	assert_int_equal(sign_message(other, sealed, sizeof(sealed), "1", "", 0, out, &e), -1);
	assert_int_equal(e.kind, ERR_CRYPTO);
	key_pair_free(other);
}

int
main(void)
{
#define SPOOL_TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(a_file_of_any_length_comes_back_whole),
		SPOOL_TEST(the_layout_is_that_of_the_document),
		SPOOL_TEST(no_plain_byte_reaches_the_disk),
		SPOOL_TEST(rewinding_gives_the_same_bytes_again),
		SPOOL_TEST(a_changed_byte_anywhere_is_noticed),
		SPOOL_TEST(a_missing_end_is_noticed_wherever_it_is_cut),
		SPOOL_TEST(bytes_after_the_end_are_refused),
		SPOOL_TEST(exchanged_chunks_are_noticed),
		SPOOL_TEST(a_sealed_key_opens_for_its_pair_only),
		SPOOL_TEST(malformed_or_strange_keys_are_a_matter_of_configuration),
		SPOOL_TEST(a_signature_hangs_on_secret_time_and_body),
		SPOOL_TEST(the_mode_follows_the_directory),
		SPOOL_TEST(a_directory_open_to_others_is_refused),
		SPOOL_TEST(a_writer_that_gives_up_leaves_nothing),
		SPOOL_TEST(the_sweep_takes_only_what_nobody_owns),
		SPOOL_TEST(unlinking_minds_its_own_files_only),
		SPOOL_TEST(one_process_at_a_time_works_on_a_directory),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
