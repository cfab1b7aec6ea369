#include "jobs/notify_send.h"

int
notify_curl_open(struct delivery *d, struct err *e)
{
	if ((d->easy = curl_easy_init()) == NULL)
		return err_nomem(e);
	curl_easy_setopt(d->easy, CURLOPT_PRIVATE, d);
	curl_easy_setopt(d->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(d->easy, CURLOPT_CONNECTTIMEOUT, (long)NOTIFY_CONNECT_S);
	curl_easy_setopt(d->easy, CURLOPT_TIMEOUT, (long)NOTIFY_TOTAL_S);
	curl_easy_setopt(d->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* What the environment says of proxies is not for us: the checks of addresses would look at the proxy's. */
	curl_easy_setopt(d->easy, CURLOPT_PROXY, "");
	/* Each delivery for itself: no connection that has gone stale, none that was made for another account. */
	curl_easy_setopt(d->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(d->easy, CURLOPT_FORBID_REUSE, 1L);
	/* A name server that does not answer holds up nobody else when the time is over. */
	curl_easy_setopt(d->easy, CURLOPT_QUICK_EXIT, 1L);
	return 0;
}

int
notify_curl_line(struct delivery *d, const char *line, struct err *e)
{
	struct curl_slist *list = curl_slist_append(d->list, line);

	if (list == NULL)
		return err_nomem(e);
	d->list = list;
	return 0;
}
