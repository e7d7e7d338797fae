/**
 * What the sidecar counts and times, for Prometheus.
 *
 * <p>The wiring makes one {@link dev.tandem.app.metrics.Metrics} and hands its listeners to the API and the router. No
 * label ever takes a value that callers choose, such as a task's id or a namespace.
 */
@NullMarked
package dev.tandem.app.metrics;

import org.jspecify.annotations.NullMarked;
