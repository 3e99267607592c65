/* Scenarios and data that come with the program. */
#ifndef FRAY_CLI_INSTALLED_FILES_H
#define FRAY_CLI_INSTALLED_FILES_H

#include <stdbool.h>

/** Where they lie: beside the program where it is installed, else in the sources that it was built
 *  in. Caller frees; NULL: nowhere. */
char *cli_share(void);
/** True if such a folder has a scenario of this name that can be read. */
bool cli_came_with(const char *share, const char *name);

#endif
