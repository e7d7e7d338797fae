/**
 * The Java client of a sidecar: typed calls, retries by the error model, the worker loop, and watches that survive cuts.
 *
 * <p>For applications, for Tandem's own command line and its benchmarks: begin at {@link dev.tandem.client.TandemClient}.
 * It knows the messages of tandem.v1 and nothing else of Tandem: neither stores nor the sidecar's insides.
 */
@NullMarked
package dev.tandem.client;

import org.jspecify.annotations.NullMarked;
