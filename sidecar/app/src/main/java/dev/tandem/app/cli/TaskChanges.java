package dev.tandem.app.cli;

import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.PruneTasksRequest;
import dev.tandem.v1.PruneTasksResponse;
import dev.tandem.v1.RetryTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TransitionTaskRequest;
import dev.tandem.v1.UpdateTaskPartRequest;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of those who own tasks. */
final class TaskChanges {
    private TaskChanges() {}

    /** A command on a task that nobody need have claimed. */
    private abstract static class OnTask extends CallCommand {
        @Parameters(index = "0", paramLabel = "TASK_ID", description = "The task.")
        String id = "";

        @Option(names = "--etag", paramLabel = "ETAG", description = "Only if the task still has this etag.")
        String etag = "";

        OnTask(Terminal terminal) {
            super(terminal);
        }
    }

    /** {@code tandem task cancel}. */
    @Command(name = "cancel", description = "Calls a task off, whoever has it.")
    static final class Cancel extends OnTask {
        @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
        private String reason = "";

        Cancel(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            printer.changed(Connection.await(to.tasks()
                    .cancelTask(CancelTaskRequest.newBuilder()
                            .setTaskId(id)
                            .setReason(reason)
                            .setEtag(etag)
                            .build())));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task retry}. */
    @Command(
            name = "retry",
            description =
                    "Puts a failed or canceled task back into its queue with all its attempts; one that waits is due at"
                            + " once.")
    static final class Retry extends OnTask {
        Retry(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            printer.changed(Connection.await(to.tasks()
                    .retryTask(RetryTaskRequest.newBuilder()
                            .setTaskId(id)
                            .setEtag(etag)
                            .build())));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task delete}. */
    @Command(name = "delete", description = "Removes a task in whatever state.")
    static final class Delete extends OnTask {
        Delete(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            printer.print(
                    Connection.await(to.tasks()
                            .deleteTask(DeleteTaskRequest.newBuilder()
                                    .setTaskId(id)
                                    .setEtag(etag)
                                    .build())),
                    "task " + id + " is deleted\n");
            return ExitCode.OK;
        }
    }

    /** {@code tandem task transition}. */
    @Command(
            name = "transition",
            description = "Moves a task to another state, for applications that do without claims.")
    static final class Transition extends OnTask {
        @Parameters(index = "1", paramLabel = "STATE", description = "The state to move to.")
        private Task.State state = Task.State.STATE_UNSPECIFIED;

        @Option(
                names = {"-t", "--token"},
                paramLabel = "TOKEN",
                description = "Needed for a task that a worker has claimed.")
        private long token;

        @Option(
                names = {"-r", "--result"},
                paramLabel = "DATA",
                description = "For succeeded: a text, @FILE, - for stdin, or base64:DATA.")
        private String result = "";

        @Option(names = "--code", paramLabel = "WORD", description = "For failed and canceled: why, for programs.")
        private @Nullable String code;

        @Option(names = "--message", paramLabel = "TEXT", description = "For failed and canceled: why, for people.")
        private @Nullable String message;

        Transition(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException, IOException {
            TransitionTaskRequest.Builder request = TransitionTaskRequest.newBuilder()
                    .setTaskId(id)
                    .setState(state)
                    .setEtag(etag)
                    .setToken(token)
                    .setResult(Values.bytes("--result", result, terminal.in()));
            if (code != null || message != null) {
                request.setError(Values.error(code, message));
            }
            printer.changed(Connection.await(to.tasks().transitionTask(request.build())));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task part}. */
    @Command(name = "part", description = "Reports one node's part of a fanned-out task.")
    static final class UpdatePart extends OnTask {
        @Parameters(index = "1", paramLabel = "NODE", description = "Whose part.")
        private String node = "";

        @Parameters(index = "2", paramLabel = "STATE", description = "The part's new state.")
        private Task.State state = Task.State.STATE_UNSPECIFIED;

        @Option(names = "--local-id", paramLabel = "ID", description = "The node's own name for its part.")
        private @Nullable String localId;

        @Option(names = "--code", paramLabel = "WORD", description = "Why it failed, for programs.")
        private @Nullable String code;

        @Option(names = "--message", paramLabel = "TEXT", description = "Why it failed, for people.")
        private @Nullable String message;

        UpdatePart(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            UpdateTaskPartRequest.Builder request = UpdateTaskPartRequest.newBuilder()
                    .setTaskId(id)
                    .setNode(node)
                    .setState(state)
                    .setEtag(etag);
            if (localId != null) {
                request.setLocalId(localId);
            }
            if (code != null || message != null) {
                request.setError(Values.error(code, message));
            }
            printer.changed(Connection.await(to.tasks().updateTaskPart(request.build())));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task prune}. */
    @Command(name = "prune", description = "Deletes finished tasks, the oldest first.")
    static final class Prune extends CallCommand {
        @Option(
                names = {"-s", "--state"},
                paramLabel = "STATE",
                split = ",",
                description = "Default: succeeded, failed and canceled.")
        private List<Task.State> states = new ArrayList<>();

        @Option(
                names = "--finished-before",
                paramLabel = "TIME",
                description = "Finished before this time: 2025-11-01T08:00:00Z, or 2h for two hours ago. Default: now.")
        private @Nullable Instant before;

        @Option(names = "--max", paramLabel = "N", description = "At most so many: 1 to 1000, default 1000.")
        private int max = 1000;

        Prune(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            PruneTasksRequest.Builder request =
                    PruneTasksRequest.newBuilder().addAllStates(states).setMaxTasks(max);
            if (before != null) {
                request.setFinishedBefore(Values.proto(before));
            }
            PruneTasksResponse pruned = Connection.await(to.tasks().pruneTasks(request.build()));
            String more = pruned.getMore() ? "; there are more, run it again" : "";
            printer.print(pruned, pruned.getDeleted() + " tasks deleted" + more + "\n");
            return ExitCode.OK;
        }
    }
}
