/* The name of an uploaded file, as it is shown to every admin. */
#ifndef WEB_FILE_NAME_H
#define WEB_FILE_NAME_H

#include "util/base.h"

#define FILE_NAME_SIZE	256

/*
 * The last component of sent (both kinds of slash), what is no UTF-8 or is a control character replaced
 * by U+FFFD, cut at 255 bytes between characters.  May be "".
 */
void file_name_clean(const char *sent, char out[FILE_NAME_SIZE]);

#endif
