package dev.tandem.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What calls through the sidecar cost the Redis server.
 *
 * @param lines each operation and payload
 * @param slowest of our requests in the server's SLOWLOG; null if none was slow enough to be there
 * @param untold why something is missing, in the server's words; null if nothing is
 */
record ServerCosts(
        List<Line> lines, @Nullable Slow slowest, @Nullable String untold) {
    /**
     * One operation; all numbers are for one call.
     *
     * @param calls how many were made
     * @param roundTrips requests that reached the server; NaN where they were not counted
     * @param requestMicros that the server was busy with its requests, by INFO commandstats
     * @param serverCpuMicros CPU time of the server, with what it took to read requests and write replies
     * @param sidecarCpuMicros CPU time of the sidecar; NaN where the system does not tell
     * @param commands how often each was run, those that scripts called among them
     */
    record Line(
            Operation operation,
            int payloadBytes,
            long calls,
            double roundTrips,
            double requestMicros,
            double serverCpuMicros,
            double sidecarCpuMicros,
            Map<String, Double> commands) {
        static Line of(
                Operation operation,
                int payloadBytes,
                long calls,
                double roundTrips,
                ServerStats spent,
                double sidecarCpuMicros) {
            Map<String, Double> commands = new TreeMap<>();
            spent.commands().forEach((name, of) -> commands.put(name, (double) of.calls() / calls));
            return new Line(
                    operation,
                    payloadBytes,
                    calls,
                    roundTrips,
                    (double) spent.requestMicros() / calls,
                    spent.cpuMicros() / calls,
                    sidecarCpuMicros / calls,
                    commands);
        }
    }

    /** A request that the server found worth noting. */
    record Slow(String command, long micros) {}
}
