package dev.tandem.bench;

import java.util.List;

/**
 * What a process took of its machine.
 *
 * @param process what it is, such as sidecar
 * @param firstNanos from its first start, at which all that it needs may be starting as well, to its first answer
 * @param againNanos the same of each later start, beside all that it needs; empty if there was none
 * @param idleBytes resident memory before any load; -1 if the system does not tell
 * @param loadedBytes the same after all of it
 */
record Weight(Way way, String process, long firstNanos, List<Long> againNanos, long idleBytes, long loadedBytes) {
    Weight {
        againNanos = List.copyOf(againNanos);
    }

    double medianAgainNanos() {
        return Results.median(againNanos.stream().mapToDouble(nanos -> nanos).toArray());
    }
}
