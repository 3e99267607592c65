/* What most tests need: calls that must succeed, and calls that must say what is wrong. */
#ifndef OK_H
#define OK_H

#include "fray/base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The call names its error `err`. */
#define OK(call)                                                                                   \
  do {                                                                                             \
    struct fray_err err = {0};                                                                     \
    if ((call) != FRAY_OK)                                                                         \
      fail_msg("%s", err.text);                                                                    \
  } while (0)

/* The message of a call that failed holds these words. */
#define SAYS(err, part)                                                                            \
  do {                                                                                             \
    if (!strstr((err).text, part))                                                                 \
      fail_msg("\"%s\" does not say \"%s\"", (err).text, part);                                    \
  } while (0)

#endif
