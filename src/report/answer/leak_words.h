/* What models tell of who was in their training, in words. */
#ifndef REPORT_ANSWER_LEAK_WORDS_H
#define REPORT_ANSWER_LEAK_WORDS_H

#include "report/stat/leak.h"

/** Which attacks tell members from others, which models tell more or less than their reference, and
 *  of which groups more or less than of all: what is resolved and nothing else, with how many were
 *  asked about; "" where nothing is. Memory of
 *  leak->r. MEMORY. */
enum fray_status fray_rep_leak_words(const struct fray_rep_leak *leak, const char **out,
                                     struct fray_err *err);

#endif
