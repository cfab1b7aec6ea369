#include "app/cli.h"

#include "app/doctor.h"

static void PRINTF(3, 0)
finding(const char *word, const char *mend, const char *fmt, va_list args)
{
	printf("%-6s ", word);
	vprintf(fmt, args);
	putchar('\n');
	if (mend != NULL)
		printf("       -> %s\n", mend);
}

void
doctor_good(struct doctor *d, const char *fmt, ...)
{
	va_list args;

	(void)d;
	va_start(args, fmt);
	finding("ok", NULL, fmt, args);
	va_end(args);
}

void
doctor_hint(struct doctor *d, const char *mend, const char *fmt, ...)
{
	va_list args;

	(void)d;
	va_start(args, fmt);
	finding("hint", mend, fmt, args);
	va_end(args);
}

void
doctor_wrong(struct doctor *d, const char *mend, const char *fmt, ...)
{
	va_list args;

	d->wrong++;
	va_start(args, fmt);
	finding("WRONG", mend, fmt, args);
	va_end(args);
}

const char *
doctor_mend(struct doctor *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(d->mend, sizeof(d->mend), fmt, args);
	va_end(args);
	return d->mend;
}

static void
look(struct doctor *d)
{
	if (!doctor_config(d))
		return;
	doctor_db(d);
	doctor_rights(d);
	doctor_spool(d);
	doctor_mail(d);
}

int
cli_doctor(struct cli *cli, struct err *e)
{
	static struct doctor d;
	int i;

	d.config_path = config_path(cli->config_path);
	d.sql_dir = cli->n_args == 1 ? cli->args[0] : PKGDATADIR "/sql";
	look(&d);
	for (i = 0; i < DB_ROLE__MAX; i++) {
		db_close(d.roles[i].db);
		explicit_bzero(&d.roles[i].secret, sizeof(d.roles[i].secret));
	}
	if (d.wrong == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "Findings that must be put right: %d; what stands behind the arrows does it.",
	    d.wrong);
}
