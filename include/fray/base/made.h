/* Files that a report leaves in a folder, known by name and first words: only these are replaced or
 * removed, never a file of somebody else that is called alike. */
#ifndef FRAY_BASE_MADE_H
#define FRAY_BASE_MADE_H

#include <stdbool.h>

/** First line of a figure's CSV file, and how its script for gnuplot begins (with its name). */
#define FRAY_MADE_FIGURE_CSV "panel,series,kind,control,x,y,low,high,realised,n,label\n"
#define FRAY_MADE_FIGURE_SCRIPT "# Draws "
/** First words of the LaTeX that includes a figure. */
#define FRAY_MADE_LATEX_FIGURE "% \\usepackage[T1]{fontenc} \\usepackage{textcomp,graphicx}\n"
/** Of every report.html, behind the title of the study. */
#define FRAY_MADE_PAGE " \u00b7 fray report</title>\n"
/** First words of every LaTeX table. */
#define FRAY_MADE_LATEX "% \\usepackage[T1]{fontenc} \\usepackage{textcomp,booktabs,graphicx}\n"

/** True of FOLDER/NAME if it is a page that a report wrote. False if it is not there. */
bool fray_made_page(const char *folder, const char *name);
/** True of a picture, its data or its script, if what was written with it says that it is ours. */
bool fray_made_figure(const char *folder, const char *name);
/** True if FOLDER/STEM.gp is the script of a figure of this name: not of one that was copied. */
bool fray_made_script(const char *folder, const char *stem);
/** True of a table that a report wrote, as CSV or LaTeX, and of what its columns mean. */
bool fray_made_table(const char *folder, const char *name);

#endif
