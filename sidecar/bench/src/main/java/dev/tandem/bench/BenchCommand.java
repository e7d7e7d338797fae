package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisAddress;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code tandem bench}: what is asked for on the command line, and what is printed. */
@Command(
        name = "bench",
        description = {
            "Measures calls through a sidecar, beside the same calls made directly on a store and an empty gRPC call.",
            "Without --address it starts a sidecar of its own, and measures its start and memory as well."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all calls did what was asked; targets that are missed are only reported",
            "1:some calls failed, or the benchmark could not be run",
            "2:bad usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tandem bench --quick",
            "  tandem bench --in-flight 1,64 --payload 1KiB --json bench.json",
            "  tandem bench --store redis --redis-fsync everysec --in-flight 1,64",
            "  tandem bench --address 127.0.0.1:7420 --rate 5000 --operations get-hit,create"
        })
public final class BenchCommand implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;

    private static final int IN_FLIGHT_MAX = 4096;
    private static final int PAYLOAD_BYTES_MAX = 256 * 1024;
    private static final int ROUNDS_MAX = 1000;
    private static final int CONNECTIONS_MAX = 64;
    private static final int STARTS_MAX = 100;
    private static final int TASKS_MAX = 10_000_000;
    private static final double RATE_MAX = 1_000_000;

    private final String program;
    private final boolean terminal;
    private final Map<String, String> environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--address",
            paramLabel = "HOST:PORT",
            description = "A running sidecar. Its tasks of this run, in --namespace, are deleted afterwards.")
    private @Nullable String address;

    @Option(
            names = "--namespace",
            defaultValue = "bench",
            description = "Where tasks are made (default: ${DEFAULT-VALUE}).")
    private String namespace = "bench";

    @Option(
            names = "--store",
            defaultValue = "sqlite",
            paramLabel = "STORE",
            description =
                    "What a sidecar of its own, and the direct calls, keep tasks in: sqlite (the default), redis for"
                            + " a Redis server of its own, or the address of one that runs, such as redis://127.0.0.1:6379;"
                            + " user, password and certificates are read from the same TANDEM_REDIS_ variables as by a sidecar.")
    private String store = "sqlite";

    @Option(
            names = "--redis-server",
            paramLabel = "FILE",
            defaultValue = "${env:TANDEM_REDIS_SERVER}",
            description = "The program for --store redis (default: TANDEM_REDIS_SERVER, else one on the PATH).")
    private @Nullable Path redisServer;

    @Option(
            names = "--redis-fsync",
            paramLabel = "WHEN",
            converter = FsyncConverter.class,
            description =
                    "When that server puts what it acknowledges on its disk: none (the default), everysec, always.")
    private RedisProcess.@Nullable Fsync redisFsync;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "Where stores of its own are made, and removed again (default: a temporary folder).")
    private @Nullable Path folder;

    @Option(
            names = "--launcher",
            paramLabel = "FILE",
            defaultValue = "${env:TANDEM_LAUNCHER}",
            description = "The tandem that starts the sidecar (default: the one that started this; else plain Java).")
    private @Nullable Path launcher;

    @Option(
            names = "--in-flight",
            split = ",",
            paramLabel = "N",
            description = "How many calls are kept under way (default: 1,16,64,256).")
    private List<Integer> inFlights = new ArrayList<>();

    @Option(
            names = "--payload",
            split = ",",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "Bytes of a task's payload, such as 100 or 16KiB (default: 0,1KiB,16KiB).")
    private List<Integer> payloads = new ArrayList<>();

    @Option(
            names = "--operations",
            split = ",",
            paramLabel = "NAME",
            converter = OperationConverter.class,
            description = "Of create, get-hit, get-miss, claim, complete and life (default: all).")
    private List<Operation> operations = new ArrayList<>();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often everything is measured; results are medians (default: 5).")
    private int rounds;

    @Option(
            names = "--phase",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "How long each operation is measured in a round, such as 400ms or 2s (default: 400ms).")
    private @Nullable Duration phase;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "How long each operation runs unmeasured first (default: 1s).")
    private @Nullable Duration warmUp;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Open loop: N calls a second, whatever becomes of them; latency counts from the time that a"
                    + " call was due. --in-flight is without meaning then.")
    private double rate;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "1",
            description = "To the sidecar (default: ${DEFAULT-VALUE}).")
    private int connections = 1;

    @Option(
            names = "--starts",
            paramLabel = "N",
            description = "How often the sidecar is started to measure how long that takes (default: 5).")
    private int starts;

    @Option(
            names = "--memory-rate",
            paramLabel = "N",
            defaultValue = "20000",
            description = "Calls a second under which memory is measured; 0 not to (default: ${DEFAULT-VALUE}).")
    private double memoryRate = 20_000;

    @Option(
            names = "--memory-time",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "How long that load lasts (default: 10s).")
    private @Nullable Duration memoryTime;

    @Option(
            names = "--memory-tasks",
            split = ",",
            paramLabel = "N",
            description = "Fills a Redis with so many tasks, such as 10000,1000000, to tell the memory that each takes"
                    + " and how long calls take beside them (default: not).")
    private List<Integer> memoryTasks = new ArrayList<>();

    @Option(
            names = "--quick",
            description = "Under half a minute: 1 and 64 in flight, payloads of 1 KiB, 3 short rounds, 1 start.")
    private boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "Everything as JSON to a file; - for standard output.")
    private @Nullable String json;

    /**
     * The command.
     *
     * @param program the name of the main class that understands {@code sidecar}, for when there is no launcher
     * @param terminal whether standard error is a terminal, on which a line may be written over
     * @param environment the variables of the process
     */
    public BenchCommand(String program, boolean terminal, Map<String, String> environment) {
        this.program = program;
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        BenchOptions options = options();
        PrintWriter out = spec().commandLine().getOut();
        PrintWriter err = spec().commandLine().getErr();
        Report report;
        try {
            report = new Bench(options, program, new ConsoleProgress(err, terminal)).run();
            write(report, out);
        } catch (BenchException e) {
            err.println("error: " + e.getMessage());
            err.flush();
            return FAILED;
        }
        return report.errors() == 0 ? OK : FAILED;
    }

    private void write(Report report, PrintWriter out) {
        String text = json == null ? "" : JsonReport.of(report).encodePrettily();
        if ("-".equals(json)) {
            out.println(text);
            out.flush();
            return;
        }
        TextReport.print(report, out);
        if (json != null) {
            try {
                Files.writeString(Path.of(json), text + "\n", StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new BenchException("can't write " + json + ": " + e.getMessage(), e);
            }
        }
    }

    /** What is asked for, checked. */
    BenchOptions options() {
        RedisChoice redis = redis();
        List<Integer> flights = inFlights.isEmpty() ? (quick ? List.of(1, 64) : List.of(1, 16, 64, 256)) : inFlights;
        flights.forEach(
                n -> check(1 <= n && n <= IN_FLIGHT_MAX, "--in-flight: " + n + " is not 1 to " + IN_FLIGHT_MAX));
        List<Integer> sizes = payloads.isEmpty() ? (quick ? List.of(1024) : List.of(0, 1024, 16 * 1024)) : payloads;
        sizes.forEach(n -> check(n <= PAYLOAD_BYTES_MAX, "--payload: at most 256KiB"));
        Set<Operation> wanted =
                operations.isEmpty() ? EnumSet.complementOf(EnumSet.of(Operation.EMPTY)) : EnumSet.copyOf(operations);
        int times = rounds != 0 ? rounds : quick ? 3 : 5;
        check(1 <= times && times <= ROUNDS_MAX, "--rounds: " + times + " is not 1 to " + ROUNDS_MAX);
        check(0 <= rate && rate <= RATE_MAX, "--rate: at most a million calls a second");
        check(0 <= memoryRate && memoryRate <= RATE_MAX, "--memory-rate: at most a million calls a second");
        check(1 <= connections && connections <= CONNECTIONS_MAX, "--connections: 1 to " + CONNECTIONS_MAX);
        int startTimes = starts != 0 ? starts : quick ? 1 : 5;
        check(1 <= startTimes && startTimes <= STARTS_MAX, "--starts: 1 to " + STARTS_MAX);
        if (rate > 0) {
            // The rate takes the place of the number in flight.
            flights = flights.subList(0, 1);
        }
        check(redis != null || memoryTasks.isEmpty(), "--memory-tasks: only over a Redis, with --store");
        check(
                redis == null || !redis.isCluster() || memoryTasks.isEmpty(),
                "--memory-tasks: not over a cluster, whose nodes each weigh their own");
        check(address == null || memoryTasks.isEmpty(), "--memory-tasks: not with --address");
        memoryTasks.forEach(n -> check(1 <= n && n <= TASKS_MAX, "--memory-tasks: " + n + " is not 1 to " + TASKS_MAX));
        Duration measured = phase != null ? phase : Duration.ofMillis(quick ? 150 : 400);
        Duration unmeasured = warmUp != null ? warmUp : Duration.ofMillis(quick ? 150 : 1000);
        return new BenchOptions(
                address == null ? null : socketAddress(address),
                namespace,
                redis,
                folder,
                launcher == null || launcher.toString().isEmpty() ? null : launcher,
                connections,
                startTimes,
                memoryRate,
                memoryTime != null ? memoryTime : Duration.ofSeconds(quick ? 2 : 10),
                memoryTasks,
                unmeasured,
                new Plan(flights, sizes, wanted, times, measured, rate, address != null),
                spec().commandLine().getParseResult() == null
                        ? List.of()
                        : spec().commandLine().getParseResult().originalArgs());
    }

    private @Nullable RedisChoice redis() {
        boolean isOwn = store.equals("redis");
        check(
                isOwn || redisFsync == null,
                "--redis-fsync: only with --store redis, whose server is started for the run");
        if (store.equals("sqlite")) {
            return null;
        }
        check(
                isOwn || store.contains("://"),
                "--store: '" + store + "' is not sqlite, redis or the address of a Redis");
        try {
            return new RedisChoice(
                    isOwn ? null : RedisAddress.parse(store),
                    redisFsync == null ? RedisProcess.Fsync.NONE : redisFsync,
                    redisServer == null || redisServer.toString().isEmpty() ? null : redisServer,
                    environment.get("PATH"),
                    isOwn ? RedisLogin.NONE : RedisLogin.of(environment::get));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec().commandLine(), "--store: " + e.getMessage(), e);
        }
    }

    private SocketAddress socketAddress(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            check(colon > 0 && port > 0 && port < 65536, "");
            return SocketAddress.inetSocketAddress(port, text.substring(0, colon));
        } catch (IllegalArgumentException | ParameterException e) {
            throw new ParameterException(
                    spec().commandLine(), "--address: '" + text + "' is not HOST:PORT, such as 127.0.0.1:7420", e);
        }
    }

    private void check(boolean good, String otherwise) {
        if (!good) {
            throw new ParameterException(spec().commandLine(), otherwise);
        }
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return spec;
    }

    /** Sizes: 100, 16KiB, 1MiB. */
    static final class SizeConverter implements ITypeConverter<Integer> {
        private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB)?");

        @Override
        public Integer convert(String text) {
            Matcher size = SIZE.matcher(text);
            if (!size.matches()) {
                throw new TypeConversionException("'" + text + "' is not a size, such as 100, 1KiB or 16KiB");
            }
            int unit = text.endsWith("KiB") ? 1024 : text.endsWith("MiB") ? 1024 * 1024 : 1;
            return Math.toIntExact(Math.min(Integer.MAX_VALUE, Long.parseLong(size.group(1)) * unit));
        }
    }

    /** Times: 400ms, 2s, 1m. */
    static final class TimeConverter implements ITypeConverter<Duration> {
        private static final Pattern TIME = Pattern.compile("(\\d{1,6})(ms|s|m)");

        @Override
        public Duration convert(String text) {
            Matcher time = TIME.matcher(text);
            if (!time.matches() || Long.parseLong(time.group(1)) == 0) {
                throw new TypeConversionException("'" + text + "' is not a time, such as 400ms, 2s or 1m");
            }
            long number = Long.parseLong(time.group(1));
            return switch (time.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                default -> Duration.ofMinutes(number);
            };
        }
    }

    /** When a server writes to its disk. */
    static final class FsyncConverter implements ITypeConverter<RedisProcess.Fsync> {
        @Override
        public RedisProcess.Fsync convert(String text) {
            return Stream.of(RedisProcess.Fsync.values())
                    .filter(fsync -> fsync.label().equals(text))
                    .findFirst()
                    .orElseThrow(() ->
                            new TypeConversionException("'" + text + "' is not one of none, everysec and always"));
        }
    }

    /** Operations by their labels. */
    static final class OperationConverter implements ITypeConverter<Operation> {
        @Override
        public Operation convert(String text) {
            Set<Operation> known = EnumSet.complementOf(EnumSet.of(Operation.EMPTY));
            return known.stream()
                    .filter(operation -> operation.label().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not an operation; there are "
                            + known.stream().map(Operation::label).collect(Collectors.joining(", "))));
        }
    }
}
