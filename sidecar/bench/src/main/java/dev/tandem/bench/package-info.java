/** Benchmarks of a sidecar and its stores, behind the command `tandem bench`. */
@NullMarked
package dev.tandem.bench;

import org.jspecify.annotations.NullMarked;
