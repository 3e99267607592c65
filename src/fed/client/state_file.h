/* The file of one client's state in one round. */
#ifndef STATE_FILE_H
#define STATE_FILE_H

#include "fray/fed/client_store.h"

/** FOLDER/CLIENT-ROUND. */
enum fray_status state_file_path(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, char path[4096], struct fray_err *err);
/** Written beside and renamed; not synced. */
enum fray_status state_file_write(const struct fray_store_config *config, uint32_t client,
                                  uint32_t round, const float *const *vectors,
                                  struct fray_err *err);
/** Waits until it is on the disk; its name is once the folder was synced too. */
enum fray_status state_file_sync(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, struct fray_err *err);
/** INPUT: not there, another size, not what was written. */
enum fray_status state_file_read(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, float *const *vectors, struct fray_err *err);
/** INPUT unless it is there and has its size. */
enum fray_status state_file_look(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, struct fray_err *err);
/** One that is not there is fine. */
enum fray_status state_file_remove(const struct fray_store_config *config, uint32_t client,
                                   uint32_t round, struct fray_err *err);
/** Whether a name in the folder is one that these functions give, and which. */
bool state_file_name(const char *name, uint32_t *client, uint32_t *round);
/** samples: of the client, that have a label. */
double state_file_bytes(const struct fray_store_config *config, double samples);

#endif
