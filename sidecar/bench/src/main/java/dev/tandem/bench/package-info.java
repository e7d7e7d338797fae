/**
 * Benchmarks of a sidecar and its stores, behind the command {@code tandem bench}.
 *
 * <p>Called by the program only. It measures and changes nothing: it knows how to start a sidecar from a command line
 * that it is given, but not the program that answers to it. In a Redis that is somebody's it keeps to namespaces of its
 * own, and removes them.
 */
@NullMarked
package dev.tandem.bench;

import org.jspecify.annotations.NullMarked;
