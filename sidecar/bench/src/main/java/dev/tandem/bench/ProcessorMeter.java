package dev.tandem.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures the processor time that the processes of each way take for its calls. Used by the measuring thread. */
final class ProcessorMeter implements Measurement.Progress {
    /** What the calls of a cell took, in all rounds. */
    private static final class Spent {
        private long calls;
        private long sidecarNanos;
        private long storeNanos;
    }

    private final Measurement.Progress progress;
    private final Map<Way, Contender> contenders = new HashMap<>();
    private final Map<Cell, Spent> spent = new HashMap<>();
    private long sidecarBefore;
    private long storeBefore;

    /** @param progress hears of everything as well */
    ProcessorMeter(List<Contender> contenders, Measurement.Progress progress) {
        this.progress = progress;
        contenders.forEach(each -> this.contenders.put(each.way(), each));
    }

    @Override
    public void at(int pass, int passes, Way way, int inFlight, int payloadBytes) {
        progress.at(pass, passes, way, inFlight, payloadBytes);
    }

    @Override
    public void begin(Cell cell) {
        progress.begin(cell);
        sidecarBefore = sidecar(cell);
        storeBefore = store(cell);
    }

    @Override
    public void end(Cell cell, Sample sample) {
        Spent all = spent.computeIfAbsent(cell, first -> new Spent());
        all.calls += sample.count() + sample.errors();
        all.sidecarNanos += sidecar(cell) - sidecarBefore;
        all.storeNanos += store(cell) - storeBefore;
        progress.end(cell, sample);
    }

    private long sidecar(Cell cell) {
        return processes(cell).get(0).process().cpuNanos();
    }

    private long store(Cell cell) {
        return processes(cell).stream()
                .skip(1)
                .mapToLong(part -> part.process().cpuNanos())
                .sum();
    }

    private List<Contender.Part> processes(Cell cell) {
        Contender contender = contenders.get(cell.way());
        return contender == null ? List.of() : contender.processes();
    }

    /** What one call of a cell took. */
    Processors of(Cell cell) {
        @Nullable Spent all = spent.get(cell);
        return all == null || all.calls == 0
                ? new Processors(Double.NaN, Double.NaN)
                : new Processors((double) all.sidecarNanos / all.calls, (double) all.storeNanos / all.calls);
    }

    /**
     * Processor time for one call.
     *
     * @param sidecarNanos of the sidecar that is called
     * @param storeNanos of all other processes
     */
    record Processors(double sidecarNanos, double storeNanos) {}
}
