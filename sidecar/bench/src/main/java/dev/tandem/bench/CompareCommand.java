package dev.tandem.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code tandem bench compare}. */
@Command(
        name = "compare",
        description = {
            "Compares stores with each other, through a sidecar each, in turns: Raft with Redis, both with everything on"
                    + " disk that was acknowledged, and then both in memory.",
            "It starts all of them itself, and ends them."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all calls did what was asked; targets that are missed are only reported",
            "1:some calls failed, or the benchmark could not be run",
            "2:bad usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tandem bench compare --quick",
            "  tandem bench compare --json compare.json",
            "  tandem bench compare --ways redis-always,nodes-fsync,sqlite --in-flight 64 --operations create"
        })
final class CompareCommand extends RunCommand {
    private static final Set<Way> WAYS = EnumSet.of(
            Way.REDIS_ALWAYS, Way.NODES_FSYNC, Way.MEMBERS_FSYNC, Way.REDIS_NONE, Way.NODES_NONE, Way.MEMBERS_NONE);

    private static final Plan PLAN = new Plan(
            List.of(1, 64),
            List.of(0, 1024),
            EnumSet.of(Operation.CREATE, Operation.GET_HIT, Operation.CLAIM, Operation.COMPLETE),
            5,
            Duration.ofMillis(400),
            0,
            // So that nobody has more tasks than the others, or more than memory for them.
            true);

    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final int STARTS = 3;
    private static final int STARTS_MAX = 100;

    private final Map<String, String> environment;

    @Mixin
    private final PlanOptions planned = new PlanOptions();

    @Option(
            names = "--ways",
            split = ",",
            paramLabel = "WAY",
            converter = Converters.Ways.class,
            description = {
                "Of redis-always, nodes-fsync, members-fsync and sqlite, which promise that what is acknowledged is on disk;"
                        + " and of redis-none, nodes-none and members-none, which do not (default: all but sqlite).",
                "nodes: three store nodes. members: three sidecars that are Raft members themselves, of which one is called."
            })
    private List<Way> ways = new ArrayList<>();

    @Option(
            names = "--redis-server",
            paramLabel = "FILE",
            defaultValue = "${env:TANDEM_REDIS_SERVER}",
            description = "The program of the Redis servers (default: TANDEM_REDIS_SERVER, else one on the PATH).")
    private @Nullable Path redisServer;

    @Option(
            names = "--starts",
            paramLabel = "N",
            description = "How often a process of each kind is started again to see how long that takes (default: 3).")
    private int starts;

    CompareCommand(String program, boolean terminal, Map<String, String> environment) {
        super(program, terminal);
        this.environment = environment;
    }

    @Override
    Function<Stage, Findings> measurement() {
        Plan plan = planned.plan(this, PLAN);
        Set<Way> wanted = ways.isEmpty() ? WAYS : EnumSet.copyOf(ways);
        int startTimes = starts != 0 ? starts : planned.quick() ? 1 : STARTS;
        check(1 <= startTimes && startTimes <= STARTS_MAX, "--starts: 1 to " + STARTS_MAX);
        Supplier<Path> redis = () -> RedisProcess.program(PlaceOptions.given(redisServer), environment.get("PATH"));
        return stage -> {
            Comparison comparison = new Compare(stage, program(), redis, plan, planned.warmUp(WARM_UP), startTimes)
                    .run(wanted, commandLine());
            return new Findings(
                    ComparisonReport.json(comparison),
                    out -> ComparisonReport.print(comparison, out),
                    comparison.errors());
        };
    }
}
