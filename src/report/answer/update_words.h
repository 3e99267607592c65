/* What a rule did to honest clients, in words. */
#ifndef REPORT_ANSWER_UPDATE_WORDS_H
#define REPORT_ANSWER_UPDATE_WORDS_H

#include "report/stat/influence.h"

/** One or two plain sentences: whom a rule turned down more than others as far as that is resolved,
 *  those who bear most first, and of how many differences; where none is, that. "" where nothing
 * could be tested. A rule that turns down honest updates at all is judged by how many, another by
 * how much it took of each, so that each model has one difference of its damaged clients and one of
 * each group; damage and groups are a family each (Holm). Memory of in->r. MEMORY. */
enum fray_status fray_rep_update_words(const struct fray_rep_influence *in, const char **out,
                                       struct fray_err *err);

#endif
