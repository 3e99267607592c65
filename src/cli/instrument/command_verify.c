/* fray verify: whether folders that fray filled are still as it left them. */
#include "fray/results/manifest.h"

#include "commands.h"

#include <stdint.h>

/* Nothing but what is amiss. */
struct given {
  bool quiet;
};

/* What is found is an answer, not a failure: it goes to the standard output. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  bool good = false;
  const enum fray_status status = fray_manifests_verify(call->operand, call->n, &said, &good, err);
  FRAY_TRY(cli_say_last(status, given->quiet && good, &said));
  return good ? FRAY_OK : FRAY_INCOMPLETE;
}

static const struct cli_option options[] = {
    CLI_QUIET(struct given, .help = "says nothing where all is as listed"),
};

static const struct cli_operand operand = CLI_OPERAND(
    1, SIZE_MAX, "FOLDER...", "a folder that fray filled is expected", .offer = CLI_FOLDERS);

/* It reads, and asks no model: one process, as fast as the disk or the hash. */
const struct cli_command cli_verify = {
    .name = "verify",
    .meaning = "say which files of a folder are not as fray left them",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Holds every file of results, shards and what instruments leave against the folder's "
        "manifest, provenance/manifest.json (.provenance among shards), which the command that "
        "filled it has written: names "
        "files that are changed, missing, or not listed. Of several folders it also says whether "
        "one was made from another as that is now.\n\n"
        "The manifest is not signed, and is not C2PA: it finds damage and edits, not somebody who "
        "writes a manifest of his own. provenance/SHA256SUMS lists the same and can be signed with "
        "gpg or minisign, and checked with sha256sum.",
    .exits = CLI_SAID({"0", "all is as listed"},
                      {"1", "a file is changed, missing or added, or a "
                            "folder is not the one it was made from"},
                      {"2", "wrong usage, no folder, no manifest, or one that fray did not write"}),
    .files = CLI_SAID({"FOLDER/provenance/manifest.json", "files, what was done, and from what"},
                      {"FOLDER/provenance/SHA256SUMS", "the same hashes, for sha256sum -c"}),
    .examples = CLI_SAID({"fray verify results/quickstart", "One results folder:"},
                         {"fray verify guard results/quickstart data/shards",
                          "What an instrument left, the results that it asked, and their data:"}),
    .also = "run merge import status",
    .run = run};
