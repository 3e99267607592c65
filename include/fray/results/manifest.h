/* The manifest of a folder that fray filled: provenance/manifest.json with the SHA-256 of every
 * file, what was done to the folder, and what that was done from; and provenance/SHA256SUMS over
 * it, which other programs check and sign. No signature, and not C2PA. */
#ifndef FRAY_RESULTS_MANIFEST_H
#define FRAY_RESULTS_MANIFEST_H

#include "fray/base/text.h"
#include "fray/results/sha256.h"

#define FRAY_PROVENANCE "provenance" /* the folder that both lie in */
/* The same among shards, hidden: whoever takes all that a folder of shards shows means shards. */
#define FRAY_PROVENANCE_OF_SHARDS "." FRAY_PROVENANCE
#define FRAY_MANIFEST FRAY_PROVENANCE "/manifest.json"
#define FRAY_SUMS FRAY_PROVENANCE "/SHA256SUMS"

/** True of the names in FOLDER/provenance that fray writes; signatures are their signers'. */
bool fray_manifest_owns(const char *folder, const char *name);
/** True of a provenance folder, no link, in which nothing else lies. */
bool fray_manifest_alone(const char *provenance);

/** Writes or goes on with the manifests of all folders that this process filled, as
 *  fray/base/deeds.h has noted them; one that another run holds is left to that run. command: as it
 *  was typed; NULL: unknown.
 *  A file that the manifest of before lists, that was not written since and holds something else,
 *  keeps its former line, and a warning names it: nobody's change becomes the command's own. IO,
 *  MEMORY; INPUT: there is a manifest, and it is broken, or not the one of its SHA256SUMS. */
enum fray_status fray_manifests_write(const char *command, const char *version,
                                      struct fray_err *err);

/** Says of each folder which files are changed, missing or not listed, and whether the folders that
 *  it was made from, where they are given too, are still those. *good: nothing is amiss. INPUT:
 *  no folder, no manifest, or one that is not as fray writes it, with the place. Reads all files.
 */
enum fray_status fray_manifests_verify(const char *const *folders, size_t n, struct fray_text *out,
                                       bool *good, struct fray_err *err);

#endif
