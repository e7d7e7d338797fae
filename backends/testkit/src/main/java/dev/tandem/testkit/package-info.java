/** What holds every store to the same contract: its tests, the in-memory reference store, fault decorators and the history checker. */
@NullMarked
package dev.tandem.testkit;

import org.jspecify.annotations.NullMarked;
