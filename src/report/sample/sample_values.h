/* One value of a sample as HTML: a picture, a playable sound, curves, bars, text. */
#ifndef REPORT_SAMPLE_VALUES_H
#define REPORT_SAMPLE_VALUES_H

#include "marked_words.h"
#include "redo.h"

enum {
  FRAY_REP_SHOWN_SIDE = 256,   /* pixels; larger pictures are shrunk */
  FRAY_REP_STEP_SIDE = 96,     /* likewise, of one of many steps */
  FRAY_REP_SHOWN_RATE = 16000, /* Hz; sounds of more are resampled */
  FRAY_REP_SHOWN_SECONDS = 3,  /* of the beginning of a longer sound */
  FRAY_REP_SHOWN_CHANNELS = 6, /* of a series */
  FRAY_REP_SHOWN_NUMBERS = 64  /* of a feature vector */
};

/** A value (there), beside another one (there, or NULL) on the same scale, or against which changes
 *  of a text are marked. what: "audio of sample x, without damage", from data, for those who do not
 *  see or hear it. Remarks on what is left out are part of it. MEMORY. */
enum fray_status fray_rep_put_value(struct fray_text *out, const struct fray_modality *modality,
                                    const struct fray_signal *x, const struct fray_signal *beside,
                                    const char *what, struct fray_err *err);
/** The same as one of many: pictures are smaller. */
enum fray_status fray_rep_put_step(struct fray_text *out, const struct fray_modality *modality,
                                   const struct fray_signal *x, const struct fray_signal *beside,
                                   const char *what, struct fray_err *err);

#endif
