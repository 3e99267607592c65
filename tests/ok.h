/* What most tests need: calls that must succeed. */
#ifndef OK_H
#define OK_H

#include "fray/base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The call names its error `err`. */
#define OK(call)                                                                                   \
  do {                                                                                             \
    struct fray_err err = {0};                                                                     \
    if ((call) != FRAY_OK)                                                                         \
      fail_msg("%s", err.text);                                                                    \
  } while (0)

#endif
