#include "app/askpass.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

static volatile sig_atomic_t interrupted;

static void
note_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* One line, byte by byte: whatever stands behind it is left to others.  The end of the input ends a line too. */
static int
read_line(int fd, char out[ASKPASS_SIZE], struct err *e)
{
	size_t len = 0;
	ssize_t n;
	char c;

	for (;;) {
		n = read(fd, &c, 1);
		if (n == -1 && errno == EINTR && !interrupted)
			continue;
		if (n == -1)
			return interrupted ? err_set(e, ERR_CANCELLED, "interrupted") : err_sys(e, "read a password");
		if (n == 0 || c == '\n')
			break;
		if (c == '\0' || len == ASKPASS_SIZE - 1)
			return err_set(e, ERR_INPUT, "A password may have no NUL byte and %d bytes at most.",
			    ASKPASS_SIZE - 1);
		out[len++] = c;
	}
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return 0;
}

static int
ask(int tty, const char *question, char out[ASKPASS_SIZE], struct err *e)
{
	int result;

	if (write(tty, question, strlen(question)) == -1)
		return err_sys(e, "write to the terminal");
	result = read_line(tty, out, e);
	if (write(tty, "\n", 1) == -1 && result == 0)
		return err_sys(e, "write to the terminal");
	return result;
}

static int
ask_twice(int tty, char out[ASKPASS_SIZE], struct err *e)
{
	char again[ASKPASS_SIZE];
	int result = -1;

	if (ask(tty, "New password: ", out, e) == 0 && ask(tty, "The same again: ", again, e) == 0)
		result = strcmp(out, again) == 0 ? 0 :
		    err_set(e, ERR_INPUT, "The two passwords differ; nothing was changed.");
	explicit_bzero(again, sizeof(again));
	return result;
}

int
askpass_new(char out[ASKPASS_SIZE], struct err *e)
{
	struct sigaction act = { .sa_handler = note_interrupt }, before;
	struct termios shown, hidden;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), result = -1;

	if (tty == -1 || tcgetattr(tty, &shown) == -1) {
		if (tty != -1)
			close(tty);
		return err_set(e, ERR_INPUT, "There is no terminal to ask for a password; "
		    "give it on standard input with --password-stdin.");
	}
	/* No SA_RESTART: Ctrl-C must come out of read(), so that the echo can be put back first. */
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, &before);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(tty, TCSAFLUSH, &hidden) == -1)
		err_sys(e, "switch off the terminal's echo");
	else
		result = ask_twice(tty, out, e);
	tcsetattr(tty, TCSAFLUSH, &shown);
	sigaction(SIGINT, &before, NULL);
	close(tty);
	return result;
}

int
askpass_stdin(char out[ASKPASS_SIZE], struct err *e)
{
	return read_line(STDIN_FILENO, out, e);
}
