# The warnings that the project compiles without, under gcc and clang.
AC_DEFUN([TRASLOCO_WARNINGS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--disable-werror], [let warnings pass (for compilers that we do not know)])],
	[], [enable_werror=yes])
WARN_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition"
WARN_CFLAGS="$WARN_CFLAGS -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -Wdeclaration-after-statement"
AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])
