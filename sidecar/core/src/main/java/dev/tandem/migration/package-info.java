/**
 * Moves a namespace from one store to another while it is in use: the steps from policy to policy, and the copying.
 *
 * <p>Works on {@link dev.tandem.store.TaskStore} and the policies of {@link dev.tandem.routing} alone; knows no protocol, and no store by name.
 */
@NullMarked
package dev.tandem.migration;

import org.jspecify.annotations.NullMarked;
