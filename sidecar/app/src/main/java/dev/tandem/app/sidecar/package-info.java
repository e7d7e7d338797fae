/**
 * The running sidecar: opens the store, puts router, API and admin port together, logs, and ends in good order.
 *
 * <p>The command line starts it by {@link dev.tandem.app.sidecar.Sidecar}. Nothing here knows how a value was configured.
 */
@NullMarked
package dev.tandem.app.sidecar;

import org.jspecify.annotations.NullMarked;
