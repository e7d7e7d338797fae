/**
 * The router, through which every call reaches a store, and what a sidecar does around it: claims and reads that wait,
 * watches, and the sweep of what has run out.
 *
 * <p>The protocol side and the program call it. Everything here works on {@link dev.tandem.store.TaskStore} alone, so
 * that the pieces compose; nothing may know a protocol, or a store by name.
 *
 * <p>Beside {@link dev.tandem.routing.Router}, which may be called from anywhere, each object belongs to the event-loop
 * context that it is made on: it is called there only, says so with an exception, and needs no locks. A program with
 * several event loops has one set for each.
 */
@NullMarked
package dev.tandem.routing;

import org.jspecify.annotations.NullMarked;
