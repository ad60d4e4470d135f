/* The same arithmetic for compilers that have no integers of 128 bits. */
#undef __SIZEOF_INT128__
#include "test_base.c"
