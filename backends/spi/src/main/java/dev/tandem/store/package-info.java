/**
 * What a store of tasks is, as the router sees it: commands and queries go in as values, outcomes and records come out.
 *
 * <p>Backends implement {@link dev.tandem.store.TaskStore}; the router and the tests call it. Nothing here may know a
 * backend, a protocol, or how calls are routed.
 */
@NullMarked
package dev.tandem.store;

import org.jspecify.annotations.NullMarked;
