/** Tests that run real sidecars as processes and put them under faults. */
@NullMarked
package dev.tandem.robustness;

import org.jspecify.annotations.NullMarked;
