/* Shared by the files of this layer only. */
#ifndef FRAY_H5_PARTS_H
#define FRAY_H5_PARTS_H

#include "fray/h5/h5.h"

#include <hdf5.h>

_Static_assert(sizeof(hid_t) == sizeof(fray_h5), "fray_h5 must hold an hid_t");

enum { H5_PLACE = 640, H5_REASON = 200 };

/** "FILE: PATH" for messages. */
const char *h5_place(hid_t loc, const char *path, char out[H5_PLACE]);
/** What HDF5 says happened deepest in its last failed call. */
const char *h5_reason(char out[H5_REASON]);
/** Turns off HDF5's own printing, once. */
void h5_quiet(void);
/** What a path leads to. ELSEWHERE: an external link, or one of a class that users made, lies on
 * the way; it is not followed. NOWHERE: a soft link without a target, or what cannot be read. */
enum h5_link { H5_ABSENT, H5_HERE, H5_ELSEWHERE, H5_NOWHERE };
enum h5_link h5_look(hid_t loc, const char *path);
/** The group next to what path leads to, and its name there, where the file is only read; else loc
 *  and path. Not to be closed. */
hid_t h5_near(hid_t loc, const char *path, const char **leaf);
/** Opens an object of that type beside what h5_near found, if the links of that group were listed
 *  and one of them leads there. -1: who wants it goes the way of links, where errors have words. */
hid_t h5_open_listed(hid_t group, const char *name, H5I_type_t type);
/** True if there is no link of that name; as h5_look, but says nothing of what lies behind it. */
bool h5_is_absent(hid_t loc, const char *path);
/** Before a file is closed: groups of it that h5_near keeps open. */
void h5_forget(hid_t file);
/** INPUT unless the path leads to something in this very file. missing: "no such data set". */
enum fray_status h5_reach(hid_t loc, const char *path, const char *missing, struct fray_err *err);
/** Property lists for new links, whose parents are made on the way, and for plain data sets. -1 on
 *  failure. Kept for the next one: not to be closed. */
hid_t h5_link_plist(void);
hid_t h5_plain_plist(void);
/** INPUT unless all of a data set was written once. */
enum fray_status h5_check_written(hid_t data, const char *place, struct fray_err *err);
/** Opens a data set after checking that it exists and lies in this very file. */
enum fray_status h5_open_data(hid_t loc, const char *path, hid_t *out, struct fray_err *err);
/** Shape of an open data set, as fray_h5_shape. */
enum fray_status h5_shape_of(hid_t data, const char *place, int *rank, size_t *dims, bool *is_text,
                             struct fray_err *err);
/** Refuses sizes that the stored bytes cannot hold, before memory is asked for. */
enum fray_status h5_check_stored(hid_t data, size_t bytes, const char *place, struct fray_err *err);
/** After a failed write. What HDF5 could not flush it cannot close either; a data set or file that
 *  stays half closed crashes it at exit. So the rest of the file goes to memory: its writer has had
 *  an error and removes the file. errno is kept. */
void h5_divert(hid_t object);
/** Strings of an attribute or data set of string type, n of them, into the arena. is_attr tells
 *  which read call to use. */
enum fray_status h5_read_strings(hid_t object, bool is_attr, size_t n, const char *place,
                                 struct fray_arena *arena, const char **out, struct fray_err *err);

#endif
