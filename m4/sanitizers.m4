# --enable-sanitizers: AddressSanitizer and UndefinedBehaviorSanitizer, both fatal.
AC_DEFUN([TRASLOCO_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers], [build with ASan and UBSan, for tests])],
	[], [enable_sanitizers=no])
AS_IF([test "$enable_sanitizers" = yes], [
	SANITIZE_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
	SANITIZE_CPPFLAGS="-DTRASLOCO_SANITIZERS=1"
])
AC_SUBST([SANITIZE_CFLAGS])
AC_SUBST([SANITIZE_CPPFLAGS])
])
