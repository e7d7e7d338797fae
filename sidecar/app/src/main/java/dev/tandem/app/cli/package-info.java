/**
 * The command line: what is read from it, what is printed, and with which exit code it ends.
 *
 * <p>Commands on tasks and leases reach a sidecar through the Java client like any application; only {@code tandem sidecar}
 * starts one.
 */
@NullMarked
package dev.tandem.app.cli;

import org.jspecify.annotations.NullMarked;
