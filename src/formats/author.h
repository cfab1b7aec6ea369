/*
 * Who wrote a comment, for formats that keep people in a list of their own or tell them apart by their e-mail
 * addresses alone (Commento, Disqus): there, everybody needs an address that is nobody else's.
 */
#ifndef FORMATS_AUTHOR_H
#define FORMATS_AUTHOR_H

#include "util/hash.h"
#include "util/sb.h"

#include "model/comment.h"

/* Nobody that anything is known of: no name but "Anonymous", no address, no id. */
bool author_is_nobody(const struct comment *);

/*
 * The same for all comments of one person: the e-mail address, without regard to case; without one, all that is said
 * of the author, so that nothing of it is lost.
 */
void author_key(const struct comment *, uint8_t out[HASH256_SIZE]);

/* Appends the e-mail address, or one made of the key in a domain that cannot exist (RFC 2606). */
void author_email(const struct comment *, struct sb *);

/* Is this address one that author_email() made up?  Then it says nothing. */
bool author_email_made_up(struct text);

#endif
