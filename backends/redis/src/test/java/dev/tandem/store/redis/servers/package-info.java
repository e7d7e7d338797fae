/**
 * Real Redis servers for tests: started on free ports of this machine, and gone when the tests are.
 *
 * <p>Used by the tests of this module. Knows nothing of the store or its connections: it speaks to servers by a client
 * of its own.
 */
@NullMarked
package dev.tandem.store.redis.servers;

import org.jspecify.annotations.NullMarked;
