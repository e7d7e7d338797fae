package dev.tandem.app.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * The process itself: memory and processor time, read only when they are asked for.
 *
 * <p>Not by Micrometer's own binders: they start JMX, which costs a small process several megabytes.
 */
final class ProcessMetrics {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMetrics() {}

    static void register(MeterRegistry registry) {
        Runtime runtime = Runtime.getRuntime();
        Gauge.builder("jvm.memory.used", runtime, r -> (double) (r.totalMemory() - r.freeMemory()))
                .description("Memory that objects take, garbage included")
                .tag("area", "heap")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        Gauge.builder("jvm.memory.max", runtime, r -> (double) r.maxMemory())
                .description("The most memory that objects may take")
                .tag("area", "heap")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        ProcessHandle self = ProcessHandle.current();
        double start = self.info().startInstant().orElseGet(Instant::now).toEpochMilli() / 1000.0;
        Gauge.builder("process.start.time", () -> start)
                .description("When the process began, since 1970")
                .baseUnit("seconds")
                .register(registry);
        FunctionCounter.builder("process.cpu", self, ProcessMetrics::cpuSeconds)
                .description("Processor time taken so far")
                .baseUnit("seconds")
                .register(registry);
        if (Files.isReadable(STATUS)) {
            Gauge.builder("process.threads", () -> status("Threads:"))
                    .description("Threads of the process")
                    .register(registry);
            Gauge.builder("process.resident.memory", () -> 1024 * status("VmRSS:"))
                    .description("Memory of the machine that the process takes")
                    .baseUnit(BaseUnits.BYTES)
                    .register(registry);
        }
    }

    private static double cpuSeconds(ProcessHandle self) {
        return self.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0;
    }

    /** A number of the process's status, as Linux gives it. */
    private static double status(String name) {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(name)) {
                    return Double.parseDouble(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            // Not to be known just now, and shown as such.
        }
        return Double.NaN;
    }
}
