/* The attack that is none: all clients send what they trained. A study needs it to sweep the kind.
 */
#include "fray/fed/attack.h"

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN};

extern const struct fray_choice fray_attack_no_attack;
const struct fray_choice fray_attack_no_attack = {
    .name = "no_attack", .meaning = "all clients are honest", .source = "", .impl = &ops};
