package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tandem migrate}. */
@Command(
        name = "migrate",
        description = "Moves a namespace from one store to another, while everything goes on.",
        footer = {
            "",
            "A move, step by step; each can be taken back until `complete`:",
            "  tandem migrate start orders --to nodes",
            "  tandem migrate verify orders --wait    # when all is copied, both stores are compared",
            "  tandem migrate advance orders          # three times: READ_NEWEST, READ_SWITCHED, WRITE_SWITCHED",
            "  tandem migrate complete orders",
            "",
            "They go to the admin port of any sidecar that has several stores (the key stores), with its admin",
            "token (the key admin_token)."
        })
final class MigrateCommand {
    private MigrateCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new MigrateCommand())
                .addSubcommand("start", of(new MigrateStep.Start(terminal)))
                .addSubcommand("status", of(new Status(terminal)))
                .addSubcommand("watch", of(new Watch(terminal)))
                .addSubcommand("verify", of(new MigrateStep.Verify(terminal)))
                .addSubcommand("repair", of(new MigrateStep.Repair(terminal)))
                .addSubcommand("advance", of(new MigrateStep.Advance(terminal)))
                .addSubcommand("rollback", of(new MigrateStep.Rollback(terminal)))
                .addSubcommand("pause", of(new MigrateStep.Pause(terminal)))
                .addSubcommand("resume", of(new MigrateStep.Resume(terminal)))
                .addSubcommand("complete", of(new MigrateStep.Complete(terminal)))
                .addSubcommand("abort", of(new MigrateStep.Abort(terminal)));
    }

    private static CommandSpec of(Object command) {
        return CommandSpec.forAnnotatedObject(command);
    }

    /** {@code tandem migrate status}. */
    @Command(
            name = "status",
            description =
                    "Shows a namespace's move: its phase, how far it is, what differs and what was done; or all moves.",
            sortOptions = false)
    static final class Status extends AdminCommand {
        @Parameters(
                paramLabel = "NAMESPACE",
                arity = "0..1",
                description = "The namespace. Default: all that were moved.")
        private @Nullable String namespace;

        Status(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
            long now = System.currentTimeMillis();
            if (namespace != null) {
                JsonObject status = MoveText.status(port, namespace);
                return done(status, MoveText.detail(status, now));
            }
            JsonObject all = port.get("/migrations");
            List<List<String>> rows = MoveText.objects(all.getJsonArray("migrations"))
                    .map(each -> MoveText.row(each, now))
                    .toList();
            return done(all, rows.isEmpty() ? "Nothing was moved." : Table.of(MoveText.HEADING, rows));
        }
    }

    /** {@code tandem migrate watch}. */
    @Command(
            name = "watch",
            description = "Shows a move as it goes on, until it is over.",
            sortOptions = false,
            footer = {
                "",
                "With --json, a line for each change. In scripts:",
                "  tandem migrate watch orders --until verified --timeout 10m",
                "Exit code 1 if that will not come to be: records differ, nobody has asked for `verify`, or the move is over."
            })
    static final class Watch extends AdminCommand {
        @Parameters(paramLabel = "NAMESPACE", description = "The namespace.")
        private String namespace = "";

        @Option(
                names = "--until",
                paramLabel = "WHAT",
                description = "Wait no longer than until it is copied, verified, or in this phase or one behind it.")
        private @Nullable String until;

        @Option(
                names = "--timeout",
                paramLabel = "TIME",
                description = "How long to wait; exit code 6 when that is over. Default: for ever.")
        private @Nullable Duration timeout;

        Watch(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
            return new MoveWatch(terminal, port, isJson(), namespace)
                    .until(until == null ? MoveGoal.OVER : MoveGoal.of(until), timeout);
        }
    }
}
