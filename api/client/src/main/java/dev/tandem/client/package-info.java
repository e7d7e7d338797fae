/** The Java client of a Tandem sidecar: typed calls, the worker loop, and retries by the error model. */
@NullMarked
package dev.tandem.client;

import org.jspecify.annotations.NullMarked;
