/**
 * The configuration: every key with its type, default and bounds, and where a value came from.
 *
 * <p>The command line reads it and the wiring uses the typed {@link dev.tandem.app.config.SidecarConfig}. It must know
 * neither: it starts nothing and opens nothing but the files that it is told to read.
 */
@NullMarked
package dev.tandem.app.config;

import org.jspecify.annotations.NullMarked;
