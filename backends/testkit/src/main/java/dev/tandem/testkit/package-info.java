/**
 * What holds every store to the same contract: its tests, the in-memory reference store, fault decorators and the
 * history checker.
 *
 * <p>Called by the tests of any module, and by nothing that ships. Knows {@code dev.tandem.task} and
 * {@code dev.tandem.store}; must not know a backend.
 */
@NullMarked
package dev.tandem.testkit;

import org.jspecify.annotations.NullMarked;
