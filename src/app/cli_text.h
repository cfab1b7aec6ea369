/* Lines on the operator's terminal.  Text that somebody sent neither breaks a line nor commands the terminal: each control
 * character becomes a "?". */
#ifndef APP_CLI_TEXT_H
#define APP_CLI_TEXT_H

#include "util/base.h"

void print_text(const char *);
void print_column(const char *);			/* behind a tab */
void print_line(const char *key, const char *value);
void print_number(const char *key, int64_t value);

#endif
