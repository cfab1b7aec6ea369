# What Debian builds its own packages with; off under sanitizers, which bring their own checks.
AC_DEFUN([TRASLOCO_HARDENING], [
AS_IF([test "$enable_sanitizers" != yes], [
	HARDEN_CFLAGS="-fstack-protector-strong -fPIE"
	HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
	HARDEN_LDFLAGS="-pie -Wl,-z,relro,-z,now,--as-needed"
])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_CPPFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])
