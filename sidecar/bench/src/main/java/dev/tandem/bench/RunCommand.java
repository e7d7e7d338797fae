package dev.tandem.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the benchmark's commands share: where a run takes place, how often, and where its report goes. */
abstract class RunCommand implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;

    private static final int ROUNDS_MAX = 1000;

    /**
     * What a run has found.
     *
     * @param errors calls that did not do what was asked
     */
    record Findings(JsonObject json, Consumer<PrintWriter> text, long errors) {}

    private final String main;
    private final boolean terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final PlaceOptions place = new PlaceOptions();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often everything is measured; results are medians (default: 5; migrate: 3).")
    private int rounds;

    @Option(names = "--json", paramLabel = "FILE", description = "Everything as JSON to a file; - for standard output.")
    private @Nullable String json;

    RunCommand(String main, boolean terminal) {
        this.main = main;
        this.terminal = terminal;
    }

    /** Checks what is asked for, and gives what will measure it. */
    abstract Function<Stage, Findings> measurement();

    @Override
    public Integer call() {
        Function<Stage, Findings> measurement = measurement();
        PrintWriter err = spec().commandLine().getErr();
        try {
            Findings found = Stage.run(place.folder(), new ConsoleProgress(err, terminal), measurement);
            write(found, spec().commandLine().getOut());
            return found.errors() == 0 ? OK : FAILED;
        } catch (BenchException e) {
            err.println("error: " + e.getMessage());
            err.flush();
            return FAILED;
        }
    }

    private void write(Findings found, PrintWriter out) {
        if ("-".equals(json)) {
            out.println(found.json().encodePrettily());
            out.flush();
            return;
        }
        found.text().accept(out);
        out.flush();
        if (json != null) {
            try {
                Files.writeString(Path.of(json), found.json().encodePrettily() + "\n", StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new BenchException("can't write " + json + ": " + e.getMessage(), e);
            }
        }
    }

    Program program() {
        return place.program(main);
    }

    int rounds(int byDefault) {
        int times = rounds != 0 ? rounds : byDefault;
        check(1 <= times && times <= ROUNDS_MAX, "--rounds: " + times + " is not 1 to " + ROUNDS_MAX);
        return times;
    }

    List<String> commandLine() {
        return spec().commandLine().getParseResult() == null
                ? List.of()
                : spec().commandLine().getParseResult().originalArgs();
    }

    void check(boolean good, String otherwise) {
        if (!good) {
            throw badUsage(otherwise, null);
        }
    }

    ParameterException badUsage(String message, @Nullable Exception cause) {
        return new ParameterException(spec().commandLine(), message, cause);
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return spec;
    }
}
