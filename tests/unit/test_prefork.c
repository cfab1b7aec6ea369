/* The parent that keeps its children alive: tested from outside, as a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/prefork.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Children report here, one line each: "kind pid word". */
static int reports[2];
static FILE *lines;

static void
report(const char *kind, const char *word)
{
	dprintf(reports[1], "%s %d %s\n", kind, (int)getpid(), word);
}

static void
end_politely(int sig)
{
	(void)sig;
	_exit(0);
}

static int
run_polite(void *ctx)
{
	report(ctx, "up");
	signal(SIGTERM, end_politely);
	while (pause() == -1)
		;
	return 1;
}

static int
run_stubborn(void *ctx)
{
	signal(SIGTERM, SIG_IGN);
	report(ctx, "up");
	while (pause() == -1)
		;
	return 1;
}

static char first_kind[] = "first", second_kind[] = "second";

static void
say_ready(void *ctx)
{
	(void)ctx;
	report("parent", "ready");
}

/* Orphans come to us, so that a test can wait for what the parent left behind. */
static pid_t
start_parent(const struct prefork_kind *kinds, size_t n)
{
	struct err e;
	pid_t pid;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(reports), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		close(reports[0]);
		_exit(prefork_run(kinds, n, say_ready, NULL, &e) == 0 ? 0 : 1);
	}
	close(reports[1]);
	assert_non_null(lines = fdopen(reports[0], "r"));
	return pid;
}

/* The next report of a child that came up; its pid. */
static pid_t
next_up(char kind[16])
{
	char word[16];
	int pid;

	do
		assert_int_equal(fscanf(lines, "%15s %d %15s", kind, &pid, word), 3);
	while (strcmp(word, "up") != 0);
	return pid;
}

static void
assert_ends_well(pid_t parent)
{
	int status;

	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* Nothing else may write: all children are gone when the pipe ends. */
	while (fgetc(lines) != EOF)
		;
	fclose(lines);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
}

static void
a_child_that_dies_is_replaced(void **state)
{
	const struct prefork_kind kinds[] = { { "first", 1, 5, run_polite, first_kind } };
	pid_t parent = start_parent(kinds, 1), child, next;
	char kind[16];

	(void)state;
	child = next_up(kind);
	assert_int_equal(kill(child, SIGKILL), 0);
	next = next_up(kind);
	assert_int_not_equal(next, child);
	assert_int_equal(kill(parent, SIGTERM), 0);
	assert_ends_well(parent);
}

static void
all_children_of_all_kinds_end_with_sigterm(void **state)
{
	const struct prefork_kind kinds[] = {
		{ "first", 2, 5, run_polite, first_kind },
		{ "second", 1, 5, run_polite, second_kind },
		{ "none", 0, 5, run_polite, NULL },
	};
	pid_t parent = start_parent(kinds, ARRAY_LEN(kinds));
	int i, first = 0;
	char kind[16];

	(void)state;
	for (i = 0; i < 3; i++) {
		next_up(kind);
		first += strcmp(kind, "first") == 0;
	}
	assert_int_equal(first, 2);
	assert_int_equal(kill(parent, SIGINT), 0);
	assert_ends_well(parent);
}

static void
a_child_that_will_not_end_is_killed(void **state)
{
	const struct prefork_kind kinds[] = { { "second", 1, 1, run_stubborn, second_kind } };
	pid_t parent = start_parent(kinds, 1);
	char kind[16];

	(void)state;
	next_up(kind);
	assert_int_equal(kill(parent, SIGTERM), 0);
	assert_ends_well(parent);
}

static void
no_child_outlives_a_parent_that_was_killed(void **state)
{
	const struct prefork_kind kinds[] = { { "first", 2, 5, run_polite, first_kind } };
	pid_t parent = start_parent(kinds, 1);
	char kind[16];

	(void)state;
	next_up(kind);
	next_up(kind);
	assert_int_equal(kill(parent, SIGKILL), 0);
	while (waitpid(-1, NULL, 0) != -1)
		;
	while (fgetc(lines) != EOF)
		;
	fclose(lines);
}

static void
becoming_nobody_known_is_a_matter_of_configuration(void **state)
{
	struct err e = { .kind = ERR_NONE };

	(void)state;
	assert_int_equal(prefork_become("", "", &e), 0);
	assert_int_equal(prefork_become("no such user", "", &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_that_dies_is_replaced),
		cmocka_unit_test(all_children_of_all_kinds_end_with_sigterm),
		cmocka_unit_test(a_child_that_will_not_end_is_killed),
		cmocka_unit_test(no_child_outlives_a_parent_that_was_killed),
		cmocka_unit_test(becoming_nobody_known_is_a_matter_of_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
