/* Contact sheets: one value under every kind of damage that fits it, at each severity, as a picture
 * to look at. */
#ifndef FRAY_REPORT_SHEET_H
#define FRAY_REPORT_SHEET_H

#include "fray/comm/comm.h"
#include "fray/schema/node.h"

/** What to show. */
struct fray_sheet_wish {
  const char *shards; /* NULL: samples that the program draws itself */
  const char *sample; /* its id in the data; NULL: of each modality the first of the test */
  const char *medium; /* only modalities of this kind, as "audio"; NULL: all */
  uint64_t seed;      /* of the random numbers */
};

/** Makes the folder out: a PNG for each modality, named like it, with a row for each kind and a
 *  column for each severity (texts: a line for each), on the scale of the undamaged value;
 * cells.csv with what every cell shows (modality,kind,severity,strength,distance,said); index.html
 * with all of them. What a kind cannot show alone, since it needs a file or a donor, stands in its
 * cell in its own words. Collective; rank 0 writes. INPUT: as fray_dataset_open says; no such
 * sample (names the nearest), no modality of the medium; a folder that is there. IO, MEMORY. */
enum fray_status fray_sheets(const struct fray_sheet_wish *wish, const char *out,
                             struct fray_comm *comm, struct fray_err *err);

#endif
