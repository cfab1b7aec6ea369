/* The one translation call.  English is the language of the msgids; others follow with po/. */
#ifndef WEB_I18N_H
#define WEB_I18N_H

/* The text in the reader's language; valid for ever.  A printf format keeps its conversions. */
const char *tr(const char *msgid) __attribute__((format_arg(1)));

#endif
