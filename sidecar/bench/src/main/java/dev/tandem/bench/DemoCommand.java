package dev.tandem.bench;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code tandem demo}. */
@Command(
        name = "demo",
        description = {
            "Moves tasks from a Redis to three store nodes and back while calls go on, and counts what was lost.",
            "It starts a Redis server, three store nodes and two sidecars over both, all on this machine, and ends them;"
                    + " needs a redis-server or valkey-server. Calls create, claim, complete, delete, read and list tasks;"
                    + " at the end every task is read and compared with what was acknowledged."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no call failed, nothing was lost, and the tasks are back in Redis",
            "1:something went wrong, as the last lines say",
            "2:bad usage",
            "3:something can't be started"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tandem demo",
            "  tandem demo --tasks 100000 --rate 1000",
            "  tandem demo --json | jq .moves[].switches[].gap_nanos"
        })
public final class DemoCommand implements Callable<Integer> {
    private static final int OK = 0;
    private static final int WRONG = 1;
    private static final int NOT_STARTED = 3;

    private static final String NAMESPACE = "demo";
    private static final int TASKS = 20_000;
    private static final int PAYLOAD_BYTES = 200;
    private static final Duration SETTLE = Duration.ofSeconds(3);
    private static final Duration REST = Duration.ofSeconds(3);
    private static final Duration HOLD = Duration.ofSeconds(2);

    private final String main;
    private final boolean terminal;
    private final Map<String, String> environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final PlaceOptions placed = new PlaceOptions();

    @Mixin
    private final MoveOptions options = new MoveOptions();

    @Option(names = "--json", description = "Print one JSON object with all figures, and events to standard error.")
    private boolean json;

    @Option(names = "--quiet", description = "Print only the end.")
    private boolean quiet;

    @Option(names = "--keep", description = "Keep the folder, with the logs of all processes.")
    private boolean keeps;

    /**
     * The command.
     *
     * @param main the name of the main class that understands {@code sidecar} and {@code node}, for when there is no launcher
     * @param terminal whether standard output is a terminal, on which lines may be drawn again
     * @param environment the variables of the process
     */
    public DemoCommand(String main, boolean terminal, Map<String, String> environment) {
        this.main = main;
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        options.check(sentence -> {
            throw new ParameterException(spec().commandLine(), sentence);
        });
        PrintWriter out = spec().commandLine().getOut();
        PrintWriter err = spec().commandLine().getErr();
        PrintWriter events = quiet ? new PrintWriter(Writer.nullWriter()) : json ? err : out;
        AtomicBoolean isStarted = new AtomicBoolean();
        try {
            return Stage.run(
                    placed.folder(),
                    keeps,
                    new ConsoleProgress(events, false),
                    stage -> run(stage, new DemoConsole(events, terminal && !json, NAMESPACE), out, isStarted));
        } catch (BenchException e) {
            err.println("error: " + e.getMessage());
            err.flush();
            return isStarted.get() ? WRONG : NOT_STARTED;
        }
    }

    private int run(Stage stage, DemoConsole console, PrintWriter out, AtomicBoolean isStarted) {
        MovePlace place = MovePlace.start(
                stage,
                placed.program(main),
                NAMESPACE,
                MoveStore.REDIS,
                MoveStore.NODES,
                options.redis(environment),
                stage.closings());
        isStarted.set(true);
        console.started(place);
        MoveRun.Plan plan = new MoveRun.Plan(
                NAMESPACE,
                options.tasks(TASKS),
                PAYLOAD_BYTES,
                options.rate(),
                options.seed(),
                1,
                SETTLE,
                REST,
                HOLD,
                true);
        Moved moved = new MoveRun(stage, place, plan, "tandem demo", console).run(MoveStore.REDIS, MoveStore.NODES);
        if (json) {
            JsonObject report = MoveReport.json(stage.circumstances(commandLine()), plan, moved);
            out.println(report.encode());
        } else {
            DemoConsole last = quiet ? new DemoConsole(out, false, NAMESPACE) : console;
            last.end(moved);
        }
        if (keeps) {
            PrintWriter said = json ? spec().commandLine().getErr() : out;
            said.println("The logs are in " + stage.folder() + ".");
            said.flush();
        }
        out.flush();
        return moved.isGood() ? OK : WRONG;
    }

    private List<String> commandLine() {
        return spec().commandLine().getParseResult().originalArgs();
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return spec;
    }
}
