package dev.tandem.bench;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What to measure, and how long.
 *
 * @param inFlights how many calls are kept under way, one after the other
 * @param payloadBytes the sizes of payloads
 * @param operations without {@link Operation#EMPTY}, which is always measured
 * @param rounds how often everything is measured; results are medians over them
 * @param phase how long each operation is measured in each round, at most
 * @param rate calls a second in an open loop; 0 for a closed one
 * @param cleansUp whether tasks are deleted after they were measured
 */
record Plan(
        List<Integer> inFlights,
        List<Integer> payloadBytes,
        Set<Operation> operations,
        int rounds,
        Duration phase,
        double rate,
        boolean cleansUp) {
    Plan {
        inFlights = List.copyOf(inFlights);
        payloadBytes = List.copyOf(payloadBytes);
        operations = Set.copyOf(operations);
    }

    /** The same operations once, in the middle of what is asked for, for {@code phase} each. */
    Plan warmUp(Duration phase) {
        int inFlight = inFlights.get(inFlights.size() / 2);
        int payload = payloadBytes.get(payloadBytes.size() / 2);
        return new Plan(List.of(inFlight), List.of(payload), operations, 1, phase, 0, cleansUp);
    }

    Plan with(double rate, boolean cleansUp) {
        return new Plan(inFlights, payloadBytes, operations, rounds, phase, rate, cleansUp);
    }

    /** The same once, for {@code each} for each operation, and with nothing deleted. */
    Plan once(Duration each) {
        return new Plan(inFlights, payloadBytes, operations, 1, each, 0, false);
    }

    int passes() {
        return rounds * inFlights.size() * payloadBytes.size();
    }
}
