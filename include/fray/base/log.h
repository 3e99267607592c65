/* Messages to people, on stderr, from one rank only. */
#ifndef FRAY_BASE_LOG_H
#define FRAY_BASE_LOG_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** A process that is not the speaker prints nothing (all ranks but 0). Default: speaks. */
void fray_log_speaker(bool speaks);
bool fray_log_speaks(void);
/** With quiet, notes and progress are left out; warnings are not, nor what is printed. */
void fray_log_quiet(bool quiet);
/** Columns that lines of a file (STDERR_FILENO, STDOUT_FILENO) have, 20 to 1000: as COLUMNS says,
 *  else as the terminal does, else 80. */
size_t fray_columns_of(int file);
/** Columns that a text takes on a terminal at most: what may be wide takes two, and marks that
 *  combine are counted. The exact number needs Unicode's tables: fray/codec/text_width.h. */
size_t fray_columns_at_most(const char *text);

/** "fray: warning: ..." on stderr; ends a live progress line first. On a terminal it is filled at
 *  words to its width; elsewhere it is one line, which can be searched for. */
void fray_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Line on stderr, likewise; not with quiet. */
void fray_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Why a command failed: quiet leaves none out; lines behind a line feed are indented. */
void fray_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The one way to the standard output: made safe for terminals (fray_text_safe), lines kept. A
 * write that fails is told by fray_print_end. */
void fray_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Writes out what was printed. IO: "cannot write to the standard output: No space left on device",
 *  now or at any write before. A pipe whose reader has gone is none. */
enum fray_status fray_print_end(struct fray_err *err);

/** Progress: one line that is rewritten on a terminal, plain lines now and then when piped.
 *  Fields are parted by two blanks; those that a line has no columns for are left out from the end.
 *  interval: least seconds between two plain lines. */
void fray_progress(double interval, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Ends the live line, if there is one. */
void fray_progress_end(void);
/** How progress is shown: by the terminal's own answer (AUTO, default), or as told. mpirun hides
 * the terminal from its ranks, so a script that sees one passes LIVE on. */
enum fray_progress_style { FRAY_PROGRESS_AUTO, FRAY_PROGRESS_LIVE, FRAY_PROGRESS_PLAIN };
void fray_progress_show(enum fray_progress_style style);

/** Seconds of a clock that never jumps; for progress and timing only, never for results. */
double fray_seconds(void);

#endif
