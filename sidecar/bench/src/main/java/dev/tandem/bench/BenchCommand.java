package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisAddress;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command {@code tandem bench}: what is asked for on the command line, and what is printed. */
@Command(
        name = "bench",
        description = {
            "Measures calls through a sidecar, beside the same calls made directly on a store and an empty gRPC call.",
            "Without --address it starts a sidecar of its own, and measures its start and memory as well.",
            "The commands beneath it compare stores, through a sidecar each."
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
public final class BenchCommand extends RunCommand {
    private static final int CONNECTIONS_MAX = 64;
    private static final int STARTS_MAX = 100;
    private static final int TASKS_MAX = 10_000_000;
    private static final double RATE_MAX = 1_000_000;

    private static final int STARTS = 5;
    private static final Duration WARM_UP = Duration.ofSeconds(1);

    /** But for the rate, and for whether it cleans up. */
    private static final Plan PLAN = new Plan(
            List.of(1, 16, 64, 256),
            List.of(0, 1024, 16 * 1024),
            EnumSet.complementOf(EnumSet.of(Operation.EMPTY)),
            5,
            Duration.ofMillis(400),
            0,
            false);

    private final Map<String, String> environment;

    @Mixin
    private final PlanOptions planned = new PlanOptions();

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
                    "What a sidecar of its own, and the direct calls, keep tasks in: sqlite (the default), raft for three"
                            + " store nodes of its own, redis for a Redis server of its own, or the address of one that"
                            + " runs, such as redis://127.0.0.1:6379; user, password and certificates are read from the same TANDEM_REDIS_ variables as by a sidecar.")
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
            converter = Converters.Fsyncs.class,
            description =
                    "When that server puts what it acknowledges on its disk: none (the default), everysec, always.")
    private RedisProcess.@Nullable Fsync redisFsync;

    @Option(
            names = "--raft-durability",
            paramLabel = "WHEN",
            converter = Converters.Durabilities.class,
            description = "Whether those nodes put what they acknowledge on their disks: fsync (the default), none.")
    private RaftPlace.@Nullable Durability durability;

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
            converter = Converters.Times.class,
            description = "How long that load lasts (default: 10s).")
    private @Nullable Duration memoryTime;

    @Option(
            names = "--memory-tasks",
            split = ",",
            paramLabel = "N",
            description =
                    "Fills a Redis or Raft with so many tasks, such as 10000,1000000, to tell the memory that each"
                            + " takes and how long calls take beside them (default: not).")
    private List<Integer> memoryTasks = new ArrayList<>();

    /**
     * The command.
     *
     * @param program the name of the main class that understands {@code sidecar}, for when there is no launcher
     * @param terminal whether standard error is a terminal, on which a line may be written over
     * @param environment the variables of the process
     */
    public BenchCommand(String program, boolean terminal, Map<String, String> environment) {
        super(program, terminal);
        this.environment = environment;
    }

    /**
     * The command with those beneath it.
     *
     * @param program the name of the main class that understands {@code sidecar} and {@code node}, for when there is no launcher
     * @param terminal whether standard error is a terminal, on which a line may be written over
     * @param environment the variables of the process
     */
    public static CommandLine commandLine(String program, boolean terminal, Map<String, String> environment) {
        return new CommandLine(new BenchCommand(program, terminal, environment))
                .addSubcommand("compare", new CompareCommand(program, terminal, environment))
                .addSubcommand("failover", new FailoverCommand(program, terminal))
                .addSubcommand("migrate", new MigrateCommand(program, terminal, environment));
    }

    @Override
    Function<Stage, Findings> measurement() {
        BenchOptions options = options();
        return stage -> {
            Report report = new Bench(options, program(), stage).run();
            return new Findings(JsonReport.of(report), out -> TextReport.print(report, out), report.errors());
        };
    }

    /** What is asked for, checked. */
    BenchOptions options() {
        RedisChoice redis = redis();
        check(0 <= rate && rate <= RATE_MAX, "--rate: at most a million calls a second");
        boolean isRaft = store.equals("raft");
        check(
                isRaft || durability == null,
                "--raft-durability: only with --store raft, whose nodes are started for the run");
        // Members have all tasks in memory.
        Plan plan = planned.plan(this, PLAN.with(rate, address != null || isRaft));
        check(0 <= memoryRate && memoryRate <= RATE_MAX, "--memory-rate: at most a million calls a second");
        check(1 <= connections && connections <= CONNECTIONS_MAX, "--connections: 1 to " + CONNECTIONS_MAX);
        int startTimes = starts != 0 ? starts : planned.quick() ? 1 : STARTS;
        check(1 <= startTimes && startTimes <= STARTS_MAX, "--starts: 1 to " + STARTS_MAX);
        check(
                isRaft || redis != null || memoryTasks.isEmpty(),
                "--memory-tasks: only over a Redis or Raft, with --store");
        check(
                redis == null || !redis.isCluster() || memoryTasks.isEmpty(),
                "--memory-tasks: not over a cluster, whose nodes each weigh their own");
        check(address == null || memoryTasks.isEmpty(), "--memory-tasks: not with --address");
        memoryTasks.forEach(n -> check(1 <= n && n <= TASKS_MAX, "--memory-tasks: " + n + " is not 1 to " + TASKS_MAX));
        return new BenchOptions(
                address == null ? null : socketAddress(address),
                namespace,
                redis,
                isRaft ? durability == null ? RaftPlace.Durability.FSYNC : durability : null,
                connections,
                startTimes,
                memoryRate,
                memoryTime != null ? memoryTime : Duration.ofSeconds(planned.quick() ? 2 : 10),
                memoryTasks,
                planned.warmUp(WARM_UP),
                plan,
                commandLine());
    }

    private @Nullable RedisChoice redis() {
        boolean isOwn = store.equals("redis");
        check(
                isOwn || redisFsync == null,
                "--redis-fsync: only with --store redis, whose server is started for the run");
        if (store.equals("sqlite") || store.equals("raft")) {
            return null;
        }
        check(
                isOwn || store.contains("://"),
                "--store: '" + store + "' is not sqlite, redis, raft or the address of a Redis");
        try {
            return new RedisChoice(
                    isOwn ? null : RedisAddress.parse(store),
                    redisFsync == null ? RedisProcess.Fsync.NONE : redisFsync,
                    PlaceOptions.given(redisServer),
                    environment.get("PATH"),
                    isOwn ? RedisLogin.NONE : RedisLogin.of(environment::get));
        } catch (IllegalArgumentException e) {
            throw badUsage("--store: " + e.getMessage(), e);
        }
    }

    private SocketAddress socketAddress(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            check(colon > 0 && port > 0 && port < 65536, "");
            return SocketAddress.inetSocketAddress(port, text.substring(0, colon));
        } catch (IllegalArgumentException | ParameterException e) {
            throw badUsage("--address: '" + text + "' is not HOST:PORT, such as 127.0.0.1:7420", e);
        }
    }
}
