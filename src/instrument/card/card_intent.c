/* intent.yaml: what no result can say. Digits are taken nowhere but in the contact and the licence:
 * a number that somebody typed would stand in the card beside those that were measured. */
#include "card_parts.h"

#include "fray/base/size.h"

#include <string.h>

#define LIST(KEY, ...)                                                                             \
  FRAY_FIELD(STRINGS, #KEY, struct card_intent, KEY, .optional = true, __VA_ARGS__)
static const struct fray_field fields[] = {
    LIST(intended_use, .help = "what the model is for"),
    LIST(out_of_scope, .help = "what it is not for"),
    LIST(limitations, .help = "what whoever uses it has to know"),
    LIST(deployment, .help = "how it ought to be deployed, and watched"),
    LIST(governance, .help = "who decides, and how a fault is reported"),
    FRAY_FIELD(STRING, "contact", struct card_intent, contact, .optional = true,
               .help = "whom to ask"),
    FRAY_FIELD(STRING, "licence", struct card_intent, licence, .optional = true,
               .help = "of the model"),
};

/* Whole texts, so that the message can show which one it is. */
static enum fray_status check_list(const char *key, const struct fray_strings *list,
                                   struct fray_err *err) {
  for (size_t k = 0; k < list->n; k++)
    FRAY_CHECK(!strpbrk(list->v[k], "0123456789"), err, INPUT,
               "%s: '%.80s' holds a number; numbers of a card are measured ones, so say it in "
               "words",
               key, list->v[k]);
  return FRAY_OK;
}

/* Contact and licence are names of something, and may hold digits. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct card_intent *intent = section;
  (void)node;
  FRAY_TRY(check_list("intended_use", &intent->intended_use, err));
  FRAY_TRY(check_list("out_of_scope", &intent->out_of_scope, err));
  FRAY_TRY(check_list("limitations", &intent->limitations, err));
  FRAY_TRY(check_list("deployment", &intent->deployment, err));
  return check_list("governance", &intent->governance, err);
}
static FRAY_TABLE(table, "intent", struct card_intent, fields, .help = "What is typed.",
                  .check = check);

/* Unknown keys are refused with the nearest one: a slip would read as "not stated". */
enum fray_status card_intent_read(const char *path, struct fray_arena *arena,
                                  struct card_intent *out, struct fray_err *err) {
  struct fray_node *root;
  *out = (struct card_intent){0};
  if (!path)
    return FRAY_OK;
  FRAY_TRY(fray_yaml_load(path, arena, &root, err));
  return fray_schema_read(&table, root, "", out, arena, err);
}
