/* Between reading a command line and reading one value of it. */
#ifndef FRAY_CLI_VALUES_H
#define FRAY_CLI_VALUES_H

#include "options.h"

/** Sets the member from the text behind the option; text is not read for a flag. INPUT, with the
 *  option, the text and what is expected: not a number in range, none of the words, or what the
 *  option's own reader says; TEXTS: more than CLI_MOST_TEXTS. */
enum fray_status cli_read_value(const struct cli_option *option, const char *text, void *member,
                                struct fray_err *err);

#endif
