/* What stands under a figure, on the page and on paper. */
#ifndef REPORT_CAPTION_H
#define REPORT_CAPTION_H

#include "figure.h"

#include "fray/base/text.h"

/** The whole caption as plain text, to be escaped where it is put: what is shown, how sure it is,
 *  and of which data, models, trainings, seeds and clients it is. */
void fray_rep_caption(const struct fray_rep_figure *figure, struct fray_text *out);

#endif
