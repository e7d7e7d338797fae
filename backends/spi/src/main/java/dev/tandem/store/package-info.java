/** What a store of tasks is: commands and queries go in, outcomes and pages come out, and failures say what the caller may do. */
@NullMarked
package dev.tandem.store;

import org.jspecify.annotations.NullMarked;
