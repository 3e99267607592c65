/* The version of the program, as the build found it. */
#include "fray/base/version.h"

#include "version_text.h"

const char fray_version[] = FRAY_VERSION;
