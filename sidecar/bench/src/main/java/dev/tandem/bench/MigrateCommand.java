package dev.tandem.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code tandem bench migrate}. */
@Command(
        name = "migrate",
        description = {
            "Measures moves of a namespace from store to store while calls go on: how fast records are copied and compared, what calls"
                    + " feel of that, and how long writes stand still when they are switched.",
            "It starts stores and sidecars itself, and ends them. At the end every task is read and compared with what was acknowledged."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no call failed and nothing was lost; targets that are missed are only reported",
            "1:some calls failed, something was lost, or the benchmark could not be run",
            "2:bad usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tandem bench migrate --quick",
            "  tandem bench migrate --moves redis-nodes --tasks 200000 --switches 20 --json migrate.json"
        })
final class MigrateCommand extends RunCommand {
    private static final List<MoveDirection> MOVES = List.of(
            new MoveDirection(MoveStore.REDIS, MoveStore.NODES),
            new MoveDirection(MoveStore.NODES, MoveStore.REDIS),
            new MoveDirection(MoveStore.SQLITE, MoveStore.NODES));

    private static final int TASKS = 50_000;
    private static final int TASKS_QUICK = 10_000;
    private static final int PAYLOAD_BYTES = 200;
    private static final int ROUNDS = 3;
    private static final int SWITCHES = 11;
    private static final int SWITCHES_QUICK = 3;
    private static final int SWITCHES_MAX = 1001;
    private static final Duration SETTLE = Duration.ofSeconds(10);
    private static final Duration REST = Duration.ofSeconds(5);
    private static final Duration HOLD = Duration.ofSeconds(1);

    private final Map<String, String> environment;

    @Mixin
    private final MoveOptions options = new MoveOptions();

    @Option(
            names = "--moves",
            split = ",",
            paramLabel = "MOVE",
            converter = MoveDirection.Converter.class,
            description = "From where to where, such as redis-nodes; there are sqlite, redis and nodes"
                    + " (default: redis-nodes,nodes-redis,sqlite-nodes). With sqlite there is one sidecar, else two.")
    private List<MoveDirection> moves = new ArrayList<>();

    @Option(
            names = "--switches",
            paramLabel = "N",
            description = "How often writes are switched in each move, there and back again (default: 11).")
    private @Nullable Integer switches;

    @Option(names = "--quick", description = "One round of few tasks.")
    private boolean quick;

    MigrateCommand(String program, boolean terminal, Map<String, String> environment) {
        super(program, terminal);
        this.environment = environment;
    }

    @Override
    Function<Stage, Findings> measurement() {
        options.check(sentence -> {
            throw badUsage(sentence, null);
        });
        int switchTimes = switches != null ? switches : quick ? SWITCHES_QUICK : SWITCHES;
        check(1 <= switchTimes && switchTimes <= SWITCHES_MAX, "--switches: 1 to " + SWITCHES_MAX);
        int times = rounds(quick ? 1 : ROUNDS);
        Set<MoveDirection> wanted = new LinkedHashSet<>(moves.isEmpty() ? MOVES : moves);
        MoveRun.Plan plan = new MoveRun.Plan(
                "bench",
                options.tasks(quick ? TASKS_QUICK : TASKS),
                PAYLOAD_BYTES,
                options.rate(),
                options.seed(),
                switchTimes,
                quick ? HOLD : SETTLE,
                REST,
                HOLD,
                false);
        return stage -> {
            List<Moved> rounds = new ArrayList<>();
            wanted.forEach(direction -> rounds.addAll(measure(stage, direction, plan, times)));
            MoveFigures figures = new MoveFigures(stage.circumstances(commandLine()), plan, rounds);
            return new Findings(
                    MigrateReport.json(figures), out -> MigrateReport.print(figures, out), figures.errors());
        };
    }

    /** All rounds over the same processes, each in a namespace of its own. */
    private List<Moved> measure(Stage stage, MoveDirection direction, MoveRun.Plan plan, int times) {
        Supplier<Path> redis = options.redis(environment);
        Closings closings = stage.closings().inner();
        MovePlace place =
                MovePlace.start(stage, program(), direction.label(), direction.from(), direction.to(), redis, closings);
        List<Moved> rounds = new ArrayList<>();
        for (int round = 1; round <= times; round++) {
            stage.progress().step(direction.label() + ", round " + round + " of " + times);
            MoveRun.Plan again = plan.in("bench-" + round);
            rounds.add(new MoveRun(stage, place, again, "tandem bench", MoveListener.NONE)
                    .run(direction.from(), direction.to()));
        }
        RuntimeException failure = closings.closeAll();
        if (failure != null) {
            throw failure;
        }
        return rounds;
    }
}
