/** The router: which store decides and which store mirrors, for each namespace. */
@NullMarked
package dev.tandem.routing;

import org.jspecify.annotations.NullMarked;
