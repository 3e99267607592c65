/* What a method or a kind of damage says of its volume: it drops or adds data, and what a training
 * of the same volume without the method's own choice is. Controls are made of it, and nothing
 * else asks. */
#ifndef FRAY_SCHEMA_VOLUME_H
#define FRAY_SCHEMA_VOLUME_H

/** The key of its own table, and the value, with which as much is dropped or added, but not what
 *  the method would choose. key NULL: with these parameters nothing is dropped or added, or they
 *  are those of such a training already. Both are literals. */
struct fray_volume {
  const char *key, *value;
};

#endif
