/**
 * Tasks in Redis: the rules as Lua scripts, a namespace to a hash slot, a round trip to a command.
 *
 * <p>The sidecar's wiring makes a {@link dev.tandem.store.redis.RedisTaskStore}; everybody else sees a
 * {@link dev.tandem.store.TaskStore}. How a server is found, reached and kept is {@link dev.tandem.store.redis.link}'s:
 * nothing here knows whether it is one server, Sentinel or a cluster.
 */
@NullMarked
package dev.tandem.store.redis;

import org.jspecify.annotations.NullMarked;
