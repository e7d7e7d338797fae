/**
 * Tests that run real sidecars as processes and put them under faults; and of namespaces that move between real stores, in one process.
 */
@NullMarked
package dev.tandem.robustness;

import org.jspecify.annotations.NullMarked;
