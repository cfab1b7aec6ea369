/*
 * The reader process: hostile bytes in, canonical records out
 * (doc/READER-PROTOCOL).  Owns a pipe to read, a pipe to write and memory up to a cap, nothing else.
 */
#ifndef JOBS_READER_CHILD_H
#define JOBS_READER_CHILD_H

/* argv[0] under which a program of ours re-executes itself as a reader: main() calls
 * reader_child_main() at once when it finds it. */
#define READER_CHILD_NAME	"trasloco-reader"

/* Speaks the protocol on descriptors 0 and 1 until it is done.  Returns the exit status. */
int reader_child_main(void);

#endif
