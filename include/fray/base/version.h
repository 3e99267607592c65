/* The version of the program. A library of its own: a commit that changes nothing but the version
 * makes nothing again but what prints it. */
#ifndef FRAY_BASE_VERSION_H
#define FRAY_BASE_VERSION_H

/** "0.1.0" of the tag v0.1.0; "0.1.0-12-gabcdef0" twelve commits later; without tags the version of
 *  the project. */
extern const char fray_version[];

#endif
