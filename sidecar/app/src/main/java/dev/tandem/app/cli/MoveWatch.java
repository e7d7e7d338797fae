package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shows a move as it goes on: redrawn on a terminal, else a line for each change. */
final class MoveWatch {
    private static final long PERIOD_MILLIS = 500;

    private final Terminal terminal;
    private final AdminPort port;
    private final boolean isJson;
    private final String namespace;
    private String shown = "";
    private int linesDrawn;
    private boolean isBegun;
    private boolean isCut;

    MoveWatch(Terminal terminal, AdminPort port, boolean isJson, String namespace) {
        this.terminal = terminal;
        this.port = port;
        this.isJson = isJson;
        this.namespace = namespace;
    }

    /**
     * Waits for the goal, and goes on after cuts: but what never answered is most likely a wrong address.
     *
     * @param timeout null for however long it takes
     * @return the exit code
     */
    int until(MoveGoal goal, @Nullable Duration timeout) throws AdminPort.Failure, InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            JsonObject status = status();
            if (status != null) {
                show(status);
                if (goal.isReached().test(status)) {
                    return ExitCode.OK;
                }
                String never = goal.whyNever(namespace, status);
                if (never != null) {
                    throw new AdminPort.Failure(never, ExitCode.REFUSED);
                }
            }
            if (timeout != null && System.nanoTime() - begun >= timeout.toNanos()) {
                throw new AdminPort.Failure(
                        "the time is over, and the move of " + namespace + " has not come to " + goal.name(),
                        ExitCode.NOT_YET);
            }
            Thread.sleep(PERIOD_MILLIS);
        }
    }

    private @Nullable JsonObject status() throws AdminPort.Failure, InterruptedException {
        try {
            JsonObject status = MoveText.status(port, namespace);
            isBegun = true;
            isCut = false;
            return status;
        } catch (AdminPort.Failure e) {
            if (!isBegun || e.exitCode() != ExitCode.UNREACHABLE) {
                throw e;
            }
            if (!isCut) {
                isCut = true;
                linesDrawn = 0;
                terminal.err().println("The watch was cut (" + e.getMessage() + "); it goes on by itself.");
            }
            return null;
        }
    }

    private void show(JsonObject status) {
        if (terminal.isTerminal() && !isJson) {
            redraw(MoveText.bars(status));
            return;
        }
        String change = MoveText.change(status);
        if (!change.equals(shown)) {
            shown = change;
            terminal.out().println(isJson ? status.encode() : MoveText.line(status));
            terminal.out().flush();
        }
    }

    private void redraw(List<String> lines) {
        if (linesDrawn > 0) {
            terminal.out().print("\033[" + linesDrawn + "A\033[J");
        }
        lines.forEach(terminal.out()::println);
        terminal.out().flush();
        linesDrawn = lines.size();
    }
}
