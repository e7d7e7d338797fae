/** The program `tandem`: command line, configuration and wiring. */
@NullMarked
package dev.tandem.app;

import org.jspecify.annotations.NullMarked;
