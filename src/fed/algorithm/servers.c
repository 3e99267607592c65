/* The list of server algorithms, and the section that chooses one. */
#include "fray/fed/server.h"

#define FRAY_SERVER(name) extern const struct fray_choice fray_server_##name;
#include "servers.def"
#undef FRAY_SERVER

#define FRAY_SERVER(name) &fray_server_##name,
static const struct fray_choice *const list[] = {
#include "servers.def"
};
#undef FRAY_SERVER

const struct fray_choices fray_servers = {"server algorithm", "servers", list,
                                          sizeof list / sizeof *list};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "algorithm", struct fray_server_config, algorithm, .def_text = "fedavg",
               .choices = &fray_servers,
               .help = "how the mean update of a round moves the global model"),
};
FRAY_TABLE(fray_server_table, "server", struct fray_server_config, fields,
           .help = "Server optimiser.");
