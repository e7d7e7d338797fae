/**
 * What single steps cost, by JMH: the rules, the state machine, the codecs.
 *
 * <p>Compiled with the tests and run by hand: see docs/benchmarks.md. Knows backends/spi and nothing else.
 */
@NullMarked
package dev.tandem.bench.micro;

import org.jspecify.annotations.NullMarked;
