/* The file of a conversion: its head, a second file in front of it, and again from the start, be it a file or a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/base.h"

#include <fcntl.h>
#include <pthread.h>

#include "util/rnd.h"
#include "util/sb.h"

#include "formats/format.h"
#include "jobs/convert_file.h"

#define SIZE	300000
#define FRONT	"id,e-mail\n1,ann@example.org\n"

static char content[SIZE];
static atomic_int stop;

/* A file without a name. */
static int
file_with(const char *p, size_t n)
{
	char path[] = "/tmp/trasloco-test.XXXXXX";
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	unlink(path);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void *
fill_pipe(void *ctx)
{
	int fd = *(int *)ctx;
	size_t done = 0;

	while (done < SIZE) {
		ssize_t put = write(fd, content + done, MIN((size_t)SIZE - done, (size_t)7001));

		assert_true(put > 0);
		done += (size_t)put;
	}
	close(fd);
	return NULL;
}

static void
expect(struct convert_file *f, const char *front)
{
	static char buf[SIZE + 1000];
	size_t n = strlen(front);
	struct err e;

	assert_int_equal(input_read_full(convert_file_input(f), buf, sizeof(buf), &e), n + SIZE);
	assert_memory_equal(buf, front, n);
	assert_memory_equal(buf + n, content, SIZE);
}

static void
read_again_and_again(int fd, bool with_front)
{
	struct err e;
	struct convert_file *f = convert_file_open(fd, &stop, &e);
	int front = file_with(FRONT, strlen(FRONT)), i;
	const uint8_t *head;
	size_t n;

	assert_int_equal(convert_file_head(f, &head, &n, &e), 0);
	assert_int_equal(n, FORMAT_HEAD_SIZE);
	assert_memory_equal(head, content, n);
	if (with_front)
		convert_file_front(f, front, (int64_t)strlen(FRONT));
	expect(f, with_front ? FRONT : "");
	for (i = 0; i < 3; i++) {
		assert_int_equal(convert_file_rewind(f, &e), 0);
		expect(f, with_front ? FRONT : "");
	}
	convert_file_close(f);
	close(front);
}

static void
a_file_comes_again(void **state)
{
	int fd = file_with(content, SIZE);

	(void)state;
	read_again_and_again(fd, false);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	read_again_and_again(fd, true);
	close(fd);
}

static void
a_pipe_comes_again(void **state)
{
	pthread_t thread;
	int fds[2], i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(pthread_create(&thread, NULL, fill_pipe, &fds[1]), 0);
		read_again_and_again(fds[0], i == 1);
		pthread_join(thread, NULL);
		close(fds[0]);
	}
}

static void
a_second_file_that_shrinks_is_noticed(void **state)
{
	int fd = file_with(content, SIZE), front = file_with(FRONT, strlen(FRONT));
	struct err e;
	struct convert_file *f = convert_file_open(fd, &stop, &e);
	char buf[100];

	(void)state;
	convert_file_front(f, front, (int64_t)strlen(FRONT) + 1);
	assert_int_equal(input_read_full(convert_file_input(f), buf, sizeof(buf), &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	convert_file_close(f);
	convert_file_close(NULL);
	close(fd);
	close(front);
}

static void
a_stop_ends_the_wait_for_a_pipe(void **state)
{
	int fds[2];
	struct err e;
	struct convert_file *f;
	char byte;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	f = convert_file_open(fds[0], &stop, &e);
	atomic_store(&stop, 1);
	assert_int_equal(input_read(convert_file_input(f), &byte, 1, &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
	atomic_store(&stop, 0);
	convert_file_close(f);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_comes_again),
		cmocka_unit_test(a_pipe_comes_again),
		cmocka_unit_test(a_second_file_that_shrinks_is_noticed),
		cmocka_unit_test(a_stop_ends_the_wait_for_a_pipe),
	};
	struct err e;

	if (rnd_init(&e) == -1)
		return 1;
	rnd_bytes(content, sizeof(content));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
