package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that takes one step of a move, by the page of the same name. */
abstract class MigrateStep extends AdminCommand {
    @Mixin
    final OrderOptions order = new OrderOptions();

    @Option(names = "--dry-run", description = "Change nothing: say what would be done, and what stands in its way.")
    private boolean isDry;

    private final String page;

    MigrateStep(Terminal terminal, String name) {
        super(terminal);
        page = "/migrations/" + name;
    }

    /** Says more of the step than of which namespace it is. */
    void describe(JsonObject request) {}

    /** Whether it may be taken; says so if not. */
    boolean isAgreed(AdminPort port, JsonObject request) throws AdminPort.Failure, InterruptedException {
        return true;
    }

    /** What remains to be done when it is taken, and to be told. */
    int taken(AdminPort port, JsonObject status) throws AdminPort.Failure, InterruptedException {
        return done(status, MoveText.step(status));
    }

    @Override
    final int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
        JsonObject request = order.json(terminal.environment());
        describe(request);
        if (isDry) {
            JsonObject planned = plan(port, request);
            return done(planned, MoveText.dryRun(planned));
        }
        return isAgreed(port, request) ? taken(port, port.post(page, request)) : ExitCode.REFUSED;
    }

    /** What would be done, and what stands in its way. */
    final JsonObject plan(AdminPort port, JsonObject request) throws AdminPort.Failure, InterruptedException {
        return port.post(page, request.copy().put("dry_run", true));
    }

    /** {@code tandem migrate start}. */
    @Command(
            name = "start",
            description =
                    "Begins to move a namespace to another store: its changes follow there, and what there is is copied.",
            sortOptions = false)
    static final class Start extends MigrateStep {
        @Option(names = "--to", paramLabel = "STORE", required = true, description = "The store to move to.")
        private String target = "";

        @Option(
                names = "--lag",
                description = "Acknowledge changes before the new store has them, while nothing is read there.")
        private boolean mayLag;

        @Option(
                names = "--into-existing",
                description =
                        "Move there although something of the namespace is there already. It is overwritten where it is older.")
        private boolean isIntoExisting;

        Start(Terminal terminal) {
            super(terminal, "start");
        }

        @Override
        void describe(JsonObject request) {
            request.put("target", target).put("may_lag", mayLag).put("into_existing", isIntoExisting);
        }
    }

    /** {@code tandem migrate advance}. */
    @Command(
            name = "advance",
            description = "Takes the next step forwards, if nothing stands in its way.",
            sortOptions = false,
            footer = {
                "",
                "DUAL_WRITE -> READ_NEWEST -> READ_SWITCHED -> WRITE_SWITCHED; `complete` is the last one. In",
                "READ_SWITCHED it switches more reads, until all are, and then the writes, which stand still for as",
                "long as it takes to bring over what is under way, a few milliseconds as a rule."
            })
    static final class Advance extends MigrateStep {
        @Option(
                names = "--read-percent",
                paramLabel = "N",
                description =
                        "The share of keys that are read in the new store, where reads are switched. Default: 100.")
        private @Nullable Integer readPercent;

        @Mixin
        private StopOption stop = new StopOption();

        Advance(Terminal terminal) {
            super(terminal, "advance");
        }

        @Override
        void describe(JsonObject request) {
            stop.describe(request);
            if (readPercent != null) {
                request.put("read_percent", readPercent);
            }
        }
    }

    /** {@code tandem migrate rollback}. */
    @Command(
            name = "rollback",
            description = "Takes one step back. From DUAL_WRITE the way back is `abort`.",
            sortOptions = false)
    static final class Rollback extends MigrateStep {
        @Mixin
        private StopOption stop = new StopOption();

        Rollback(Terminal terminal) {
            super(terminal, "rollback");
        }

        @Override
        void describe(JsonObject request) {
            stop.describe(request);
        }
    }

    /** How long writes may stand still. */
    private static final class StopOption {
        @Option(
                names = "--stop-max",
                paramLabel = "TIME",
                description =
                        "How long writes may stand still where they are switched; else all is as before. Default: 2s.")
        private @Nullable Duration max;

        void describe(JsonObject request) {
            if (max != null) {
                request.put("stop_millis", max.toMillis());
            }
        }
    }

    /** A step behind which there is no way back but another move. */
    private abstract static class End extends MigrateStep {
        @Mixin
        private Confirmation confirmation = new Confirmation();

        End(Terminal terminal, String name) {
            super(terminal, name);
        }

        abstract String explanation(String namespace, JsonObject migration);

        abstract String what();

        @Override
        final boolean isAgreed(AdminPort port, JsonObject request) throws AdminPort.Failure, InterruptedException {
            JsonObject planned = plan(port, request);
            List<String> obstacles = planned.getJsonArray("obstacles").stream()
                    .map(String::valueOf)
                    .toList();
            if (!obstacles.isEmpty()) {
                throw new AdminPort.Failure(String.join("; ", obstacles), ExitCode.REFUSED);
            }
            JsonObject migration = planned.getJsonObject("migration");
            return confirmation.isGiven(terminal, explanation(order.namespace, migration), what());
        }
    }

    /** {@code tandem migrate complete}. */
    @Command(
            name = "complete",
            description = "Ends a move in the new store. The old one keeps what it has, and is told of nothing more.",
            sortOptions = false)
    static final class Complete extends End {
        Complete(Terminal terminal) {
            super(terminal, "complete");
        }

        @Override
        String explanation(String namespace, JsonObject migration) {
            return namespace + " stays in " + migration.getString("target") + ". " + migration.getString("source")
                    + " is no longer told of changes, so there is no way back but another move.";
        }

        @Override
        String what() {
            return "To complete the move";
        }
    }

    /** {@code tandem migrate abort}. */
    @Command(
            name = "abort",
            description = "Ends a move in the old store. The new one keeps what it has, and is told of nothing more.",
            sortOptions = false)
    static final class Abort extends End {
        Abort(Terminal terminal) {
            super(terminal, "abort");
        }

        @Override
        String explanation(String namespace, JsonObject migration) {
            return namespace + " stays in " + migration.getString("source") + ". What " + migration.getString("target")
                    + " has of it stays there, and gets old: another move begins anew.";
        }

        @Override
        String what() {
            return "To abort the move";
        }
    }

    /** {@code tandem migrate pause}. */
    @Command(
            name = "pause",
            description = "Copies and compares no further until `resume`. Changes go on following.",
            sortOptions = false)
    static final class Pause extends MigrateStep {
        Pause(Terminal terminal) {
            super(terminal, "pause");
        }
    }

    /** {@code tandem migrate resume}. */
    @Command(name = "resume", description = "Goes on to copy and compare, where it paused.", sortOptions = false)
    static final class Resume extends MigrateStep {
        Resume(Terminal terminal) {
            super(terminal, "resume");
        }
    }

    /** {@code tandem migrate repair}. */
    @Command(
            name = "repair",
            description = "Mends the differences that `verify` has found, and compares again.",
            sortOptions = false)
    static final class Repair extends MigrateStep {
        Repair(Terminal terminal) {
            super(terminal, "repair");
        }
    }

    /** {@code tandem migrate verify}. */
    @Command(
            name = "verify",
            description = "Has both stores compared, record by record, from the beginning.",
            sortOptions = false,
            footer = {"", "With --wait, exit code 1 if records differ."})
    static final class Verify extends MigrateStep {
        @Option(names = "--wait", description = "Show how far it is, until it has ended.")
        private boolean isAwaited;

        Verify(Terminal terminal) {
            super(terminal, "verify");
        }

        @Override
        int taken(AdminPort port, JsonObject status) throws AdminPort.Failure, InterruptedException {
            return isAwaited
                    ? new MoveWatch(terminal, port, isJson(), order.namespace).until(MoveGoal.VERIFIED, null)
                    : super.taken(port, status);
        }
    }
}
