/* What the columns of the CSV files of a run mean. The headers are written from here.
 *
 * One table for headers and dictionary: a column that is written but not explained cannot be. */
#include "fray/results/results_columns.h"

#include "fray/base/round_columns.h"
#include "fray/base/size.h"

#define TRIAL "trials.csv"
#define SCORE "scores.csv"
#define ROUND "rounds.csv"
#define PART "participation.csv"
#define FOUND "found.csv"
#define INFLUENCE "influence.csv"
#define MEMBERSHIP "membership.csv"
#define SECURE "secure.csv"
#define STRENGTH "strengths.csv"
#define LEDGER "ledgers/*.csv"
#define CONDITION "conditions.csv"

#define NO_COSTS "trained by a fray that did not count it"
#define TYPE_COUNT "integer"
#define TYPE_REAL "real"
#define ROUND_COLUMN(kind, name, unit, meaning, empty)                                             \
  {ROUND, #name, TYPE_##kind, unit, meaning, empty},

static const struct fray_column columns[] = {
    {TRIAL, "trial", "text", "", "name: 16 hexadecimal digits, hash of the frozen cell and seed",
     "never"},
    {TRIAL, "KEY", "text", "", "value of a swept key in this trial; one column per key", "never"},
    {TRIAL, "control", "text", "",
     "unimodal:MODALITY, local_only, clean or matched_volume:WHAT: what the results are held "
     "against",
     "no control"},
    {TRIAL, "seed", "integer", "", "trial seed", "never"},
    {TRIAL, "status", "text", "", "ok or diverged", "never"},
    {TRIAL, "diverged_round", "integer", "rounds", "round of the first non-finite loss",
     "not diverged"},
    {TRIAL, "diverged_client", "text", "", "client of the first non-finite loss", "not diverged"},
    {TRIAL, "rounds", "integer", "rounds", "rounds trained", "never"},
    {TRIAL, "best_round", "integer", "rounds",
     "round that the dev metric selected, from 1; 0: none", "never"},
    {TRIAL, "clients", "integer", "clients", "federated clients", "never"},
    {TRIAL, "clients_dropped", "integer", "clients", "those left without a usable training sample",
     "never"},
    {TRIAL, "samples_train", "integer", "samples", "training samples", "never"},
    {TRIAL, "samples_dropped", "integer", "samples",
     "training samples that damage keeps out of training: dropped, or without a label", "never"},
    {TRIAL, "ID.nominal", "real", "strength",
     "strength that a corruption entry asks for in training; of a rate the share of its units that "
     "its law hits in the mean",
     "does not act in training"},
    {TRIAL, "ID.realised", "real", "share", "share of the units that it hit in training",
     "does not act in training"},
    {TRIAL, "ID.test_nominal", "real", "strength", "strength that the entry asks for at test",
     "does not act at test"},
    {TRIAL, "ID.test_realised", "real", "share", "share of the units that it hit at test",
     "does not act at test"},
    {TRIAL, "best.METRIC", "real", "metric",
     "test metric of the selected model under condition trial", "diverged, or undefined"},
    {TRIAL, "last.METRIC", "real", "metric", "test metric of the last model under condition trial",
     "diverged, or undefined"},
    {TRIAL, "dev.METRIC", "real", "metric", "dev metric at the selected round",
     "diverged, or undefined"},
    {TRIAL, "client_updates", "integer", "updates",
     "updates that clients sent, over all rounds: the sum of cohort", "local_only"},
    {TRIAL, "bytes_down", "real", "bytes", "sum of bytes_down over all rounds; local_only: 0",
     NO_COSTS},
    {TRIAL, "bytes_up", "real", "bytes", "sum of bytes_up over all rounds; local_only: 0",
     NO_COSTS},
    {TRIAL, "flops", "real", "operations",
     "sum of flops over all rounds; local_only: of all clients' trainings", NO_COSTS},
    {TRIAL, "sim_seconds", "real", "s",
     "simulated time that training took: clock of the last round",
     "local_only, or time is not simulated"},
    {SCORE, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {SCORE, "selection", "text", "", "model: best (round selected on dev) or last", "never"},
    {SCORE, "condition", "text", "",
     "trial (test data damaged by the corruption entries that act at test), clean (undamaged, "
     "where "
     "that differs), or the name of a test condition",
     "never"},
    {SCORE, "severity", "real", "strength", "strength of the condition", "it has none"},
    {SCORE, "parameter", "text", "", "name of the strength's key", "it has none"},
    {SCORE, "scope", "text", "",
     "whose samples: unseen_clients (no training), known_clients (all train too), mixed, "
     "own_client (held-out samples of training clients)",
     "never"},
    {SCORE, "group", "text", "", "all, or COLUMN=VALUE", "never"},
    {SCORE, "n", "integer", "samples", "samples scored", "never"},
    {SCORE, "clusters", "integer", "clients", "natural clients among them", "never"},
    {SCORE, "metric", "text", "", "name of the metric", "never"},
    {SCORE, "value", "real", "metric", "its value; of a diverged trial that of the chance column",
     "undefined; status says why"},
    {SCORE, "low", "real", "metric", "reserved: lower end of an interval", "in a single trial"},
    {SCORE, "high", "real", "metric", "reserved: upper end of an interval", "in a single trial"},
    {SCORE, "status", "text", "", "ok, diverged, or why the value is undefined", "never"},
    {SCORE, "realised", "real", "share", "realised rate of the condition's damage",
     "the condition has none"},
    {SCORE, "chance", "real", "metric",
     "value of the predictor of the training majority on the same samples", "undefined"},
    {ROUND, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {ROUND, "round", "integer", "rounds", "round, from 1", "never"},
    FRAY_ROUND_COLUMNS(ROUND_COLUMN){ROUND, "dev.METRIC", "real", "metric",
                                     "metric on the dev split", "undefined"},
    {ROUND, "test.METRIC", "real", "metric", "metric on the test split, for looking only",
     "not tested, or undefined"},
    {PART, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {PART, "of", "text", "",
     "samples (quarters of the clients by their training samples) or a group column", "never"},
    {PART, "value", "text", "", "the range of samples, or the value of the column", "never"},
    {PART, "clients", "integer", "clients", "clients of that kind that can train", "never"},
    {PART, "samples", "integer", "samples", "their training samples", "never"},
    {PART, "visits", "real", "rounds", "rounds that one of them took part in, on average", "never"},
    {PART, "held", "real", "share", "share of all training samples that they hold", "never"},
    {PART, "trained", "real", "share", "share of all samples trained on that was theirs",
     "nobody ever took part"},
    {PART, "weight", "real", "", "trained / held; above 1: the model is more of theirs",
     "nobody ever took part"},
    {FOUND, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {FOUND, "of", "text", "", "samples or clients: what the method called noisy", "never"},
    {FOUND, "seen", "integer", "", "how many it judged in the last round, in each epoch anew",
     "never"},
    {FOUND, "wrong", "integer", "", "those whose labels are not those of the data", "never"},
    {FOUND, "called", "integer", "", "those that it called noisy", "never"},
    {FOUND, "right", "integer", "", "those of them whose labels are wrong", "never"},
    {FOUND, "precision", "real", "share", "right / called", "it called nothing noisy"},
    {FOUND, "recall", "real", "share", "right / wrong", "no label is wrong"},
    {INFLUENCE, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {INFLUENCE, "of", "text", "",
     "clients (honest, attackers), damage (honest clients with and without damaged training data), "
     "a group column (honest clients of a value), or at rest (modalities whose blocks a rule "
     "judges "
     "among their holders: rejected is then the share of the holders' updates in rounds in which "
     "too few held the block, so that it rested)",
     "never"},
    {INFLUENCE, "value", "text", "", "which of them", "never"},
    {INFLUENCE, "clients", "integer", "clients", "clients of that kind whose updates counted",
     "never"},
    {INFLUENCE, "updates", "integer", "updates", "their updates, over all rounds", "never"},
    {INFLUENCE, "rejected", "real", "share", "of these, with no part of what the rule made",
     "never"},
    {INFLUENCE, "halved", "real", "share", "of these, with less than half of an equal part",
     "never"},
    {INFLUENCE, "influence", "real", "equal parts",
     "mean part; 1: as if all updates counted alike, and of blocks all holders of each", "never"},
    {MEMBERSHIP, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {MEMBERSHIP, "selection", "text", "", "model that is attacked, as in scores.csv", "never"},
    {MEMBERSHIP, "attack", "text", "",
     "loss_threshold, or lira_offline and lira_online, whose shadows are the other seeds of the "
     "cell",
     "never"},
    {MEMBERSHIP, "group", "text", "", "whose training samples: all, or COLUMN=VALUE", "never"},
    {MEMBERSHIP, "members", "integer", "samples", "of these, trained on and scored", "never"},
    {MEMBERSHIP, "nonmembers", "integer", "samples", "of these, held out and scored", "never"},
    {MEMBERSHIP, "metric", "text", "",
     "roc_auc, advantage (largest tpr - fpr), or tpr (share of the members that are found)",
     "never"},
    {MEMBERSHIP, "fpr", "real", "share",
     "of tpr: at most this share of the non-members is called members; not below one of them",
     "another metric"},
    {MEMBERSHIP, "value", "real", "share", "its value", "never"},
    {SECURE, "trial", "text", "", "name of the trial, as in trials.csv", "never"},
    {SECURE, "rounds", "integer", "rounds", "rounds trained", "never"},
    {SECURE, "lost", "integer", "rounds",
     "of these, in which too few sent for their sum to be read: nobody counts in them", "never"},
    {SECURE, "keys", "integer", "clients", "clients that shared keys, over all rounds", "never"},
    {SECURE, "sent", "integer", "clients", "of these, that sent their values", "never"},
    {SECURE, "clipped", "real", "share", "values of updates in the sums that were cut at the clip",
     "every round was lost"},
    {SECURE, "key_bytes", "real", "bytes",
     "keys and shares that clients sent: part of bytes_up in trials.csv", "never"},
    {SECURE, "expanded", "real", "values", "values of masks that clients made", "never"},
    {SECURE, "taken_off", "real", "values", "values of masks that the server made to take them off",
     "never"},
    {CONDITION, "condition", "text", "",
     "name of the condition, as in scores.csv; trial: the corruption entries of the study",
     "never"},
    {CONDITION, "severity", "real", "strength", "its severity, as in scores.csv",
     "it has none, or several keys vary"},
    {CONDITION, "entry", "text", "", "id of the corruption entry", "never"},
    {CONDITION, "kind", "text", "", "its kind", "never"},
    {CONDITION, "key", "text", "", "key that says how strong the entry is, or that varies",
     "never"},
    {CONDITION, "value", "real", "", "its value", "it varies from trial to trial"},
    {CONDITION, "unit", "text", "", "unit of the value", "it has none"},
    {CONDITION, "swept", "text", "", "yes: the sweep or the test varies it; no", "never"},
    {CONDITION, "none", "real", "", "value at which the entry changes nothing; may be inf",
     "there is none"},
    {CONDITION, "worse", "integer", "",
     "1: more is worse, -1: less is worse, 0: the key has no order", "never"},
    {CONDITION, "raw_moved", "real", "share",
     "how far the condition moves raw values, root mean square over that of what there was; mean "
     "of the "
     "first 16 damaged values of each modality, first cell and seed",
     "no raw value is damaged"},
    {CONDITION, "features_moved", "real", "share", "the same of the features made of them",
     "no raw value is damaged"},
    {CONDITION, "asked", "real", "share",
     "share of the units that the rates of the only entry ask for, by group, class or unit; first "
     "cell and seed",
     "several entries, or no rate says how strong it is"},
    {CONDITION, "MODALITY.raw_moved", "real", "share", "raw_moved of this modality",
     "none of its values is damaged"},
    {CONDITION, "MODALITY.features_moved", "real", "share", "features_moved of this modality",
     "none of its values is damaged"},
    {CONDITION, "MODALITY.changed", "real", "share",
     "share of its numbers that are others than without damage; of a text its edits over its "
     "length",
     "none of its values is damaged"},
    {CONDITION, "MODALITY.snr_db", "real", "dB",
     "mean level of the sound over that of the difference that damage made",
     "it is no sound, or a value of it did not move"},
    {STRENGTH, "of", "text", "",
     "swept (a column of trials.csv), entry (a corruption entry), test (a test condition)",
     "never"},
    {STRENGTH, "name", "text", "", "swept key, id of the entry, or name of the condition", "never"},
    {STRENGTH, "entry", "text", "", "id of the entry that a swept key sets", "no swept key"},
    {STRENGTH, "parameter", "text", "", "key of the strength within the entry", "never"},
    {STRENGTH, "unit", "text", "", "unit of the strength", "it has none"},
    {STRENGTH, "none", "real", "unit",
     "value that leaves the data as they are; inf: it is only approached", "there is none"},
    {STRENGTH, "worse", "integer", "",
     "1: more is worse, -1: less is worse, 0: the values have no order", "never"},
    {LEDGER, "source", "text", "", "id of a training sample", "never"},
    {LEDGER, "modality", "text", "", "modality that was damaged", "the label was"},
    {LEDGER, "what", "text", "",
     "lost, damaged, redrawn (damaged anew in each epoch), unlabelled, label (a wrong one), added, "
     "removed (classes of a set), dropped",
     "never"},
    {LEDGER, "value", "text", "",
     "the label or class that the training saw; the kind of corruption that damaged the raw value",
     "there is none"},
    {LEDGER, "entry", "text", "", "id of the entry that damaged the raw value", "no raw value was"},
    {LEDGER, "strength", "real", "strength", "strength of that damage", "no raw value was damaged"},
    {LEDGER, "donor", "text", "", "id of the sample that the damage took something of",
     "it took nothing of another"},
    {LEDGER, "seed", "integer", "", "corruption seed of that damage", "no raw value was damaged"},
};

void fray_results_header(const char *file, const struct fray_column_words *words,
                         struct fray_text *out) {
  fray_columns_header(columns, FRAY_COUNT(columns), file, words, out);
}

void fray_results_columns(struct fray_text *out) {
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}
