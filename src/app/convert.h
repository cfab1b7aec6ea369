/* `trasloco convert`: comments from one file format to another, without a database (doc/CONVERT). */
#ifndef APP_CONVERT_H
#define APP_CONVERT_H

#include <stdio.h>

/* argv[1] is "convert".  main() must know READER_CHILD_NAME.  Returns the exit status: 0, 1 or 2. */
int convert_main(int argc, char **argv);

/* `trasloco formats`: what is read, with its options, and what is written. */
void convert_print_formats(FILE *);

#endif
