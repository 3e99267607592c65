/* The JSON lines of `fray run --metrics`. Nothing that computes reads them. */
#ifndef FRAY_STUDY_RUN_METRICS_LOG_H
#define FRAY_STUDY_RUN_METRICS_LOG_H

#include "fray/study/study.h"

/** Where the JSON lines go. */
struct fray_metrics_log;
/** path "-": stdout. A file is appended to. INPUT when it cannot be opened. Rank 0. */
enum fray_status fray_metrics_open(const char *path, const struct fray_study *study,
                                   struct fray_metrics_log **out, struct fray_err *err);
/** One line, flushed. log may be NULL. trial: index. IO when it cannot be written. */
enum fray_status fray_metrics_round(struct fray_metrics_log *log, size_t trial, const char *name,
                                    const struct fray_round_row *row, struct fray_err *err);
/** Likewise of a trial that is done; seconds: that it took. */
enum fray_status fray_metrics_trial(struct fray_metrics_log *log, size_t trial, const char *name,
                                    bool diverged, double seconds, struct fray_err *err);
/** log may be NULL. IO: what was written did not reach the file. Released in any case. */
enum fray_status fray_metrics_close(struct fray_metrics_log *log, struct fray_err *err);

#endif
