/**
 * The way to the Redis servers: connections, topology, time-outs and bounds.
 *
 * <p>Used by the store in {@link dev.tandem.store.redis} alone. Nothing here knows a task, a script or a key but by the
 * namespace that it belongs to.
 */
@NullMarked
package dev.tandem.store.redis.link;

import org.jspecify.annotations.NullMarked;
