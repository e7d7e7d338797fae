package dev.tandem.app.cli;

import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.Progress;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of a worker. */
final class TaskWork {
    private TaskWork() {}

    /** {@code tandem task claim}. */
    @Command(
            name = "claim",
            description = "Claims due tasks for a worker. Getting none is no error.",
            footer = {
                "",
                "Examples:",
                "  tandem task claim --queue mail --worker w1",
                "  tandem task claim --queue mail,pdf --worker w1 --max 10 --wait 30s --json"
            })
    static final class Claim extends CallCommand {
        @Option(
                names = {"-q", "--queue"},
                paramLabel = "NAME",
                split = ",",
                required = true,
                description = "From these queues.")
        private List<String> queues = new ArrayList<>();

        @Option(
                names = {"-w", "--worker"},
                paramLabel = "ID",
                required = true,
                description = "Who claims.")
        private String worker = "";

        @Option(names = "--lease", paramLabel = "TIME", description = "For how long: 100ms to 24h, default 30s.")
        private @Nullable Duration lease;

        @Option(names = "--max", paramLabel = "N", description = "At most so many: 1 to 100, default 1.")
        private int max = 1;

        @Option(names = "--wait", paramLabel = "TIME", description = "Wait for a task: 0s to 5m, default 0s.")
        private @Nullable Duration wait;

        Claim(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            ClaimTasksRequest.Builder request = ClaimTasksRequest.newBuilder()
                    .addAllQueues(queues)
                    .setWorkerId(worker)
                    .setMaxTasks(max);
            if (lease != null) {
                request.setLeaseDuration(Values.proto(lease));
            }
            if (wait != null) {
                request.setWait(Values.proto(wait));
            }
            ClaimTasksResponse claimed = Connection.await(to.tasks().claimTasks(request.build()));
            if (printer.isJson()) {
                printer.json(claimed);
            } else if (claimed.getTasksList().isEmpty()) {
                terminal.err().println("There is nothing to claim.");
            } else {
                claimed.getTasksList().forEach(printer::task);
            }
            return ExitCode.OK;
        }
    }

    /** A command on a claimed task. */
    private abstract static class Claimed extends CallCommand {
        @Parameters(paramLabel = "TASK_ID", description = "The task.")
        String id = "";

        @Option(
                names = {"-t", "--token"},
                paramLabel = "TOKEN",
                required = true,
                description = "The lease's token, from the claim.")
        long token;

        Claimed(Terminal terminal) {
            super(terminal);
        }

        abstract Task change(Connection to) throws InterruptedException, IOException;

        @Override
        final int run(Connection to, Printer printer) throws InterruptedException, IOException {
            printer.changed(change(to));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task renew}. */
    @Command(name = "renew", description = "Extends a worker's lease, and may report progress.")
    static final class Renew extends Claimed {
        @Option(names = "--lease", paramLabel = "TIME", description = "From now on; default: as at the claim.")
        private @Nullable Duration lease;

        @Option(names = "--percent", paramLabel = "N", description = "How far it is: 0 to 100.")
        private @Nullable Integer percent;

        @Option(names = "--note", paramLabel = "TEXT", description = "How far it is, for people.")
        private @Nullable String note;

        Renew(Terminal terminal) {
            super(terminal);
        }

        @Override
        Task change(Connection to) throws InterruptedException {
            RenewLeaseRequest.Builder request =
                    RenewLeaseRequest.newBuilder().setTaskId(id).setToken(token);
            if (lease != null) {
                request.setLeaseDuration(Values.proto(lease));
            }
            if (percent != null || note != null) {
                request.setProgress(Progress.newBuilder()
                        .setPercent(percent == null ? 0 : percent)
                        .setNote(note == null ? "" : note));
            }
            return Connection.await(to.tasks().renewLease(request.build()));
        }
    }

    /** {@code tandem task complete}. */
    @Command(name = "complete", description = "Finishes a claimed task as SUCCEEDED.")
    static final class Complete extends Claimed {
        @Option(
                names = {"-r", "--result"},
                paramLabel = "DATA",
                description = "A text, @FILE, - for stdin, or base64:DATA.")
        private String result = "";

        Complete(Terminal terminal) {
            super(terminal);
        }

        @Override
        Task change(Connection to) throws InterruptedException, IOException {
            return Connection.await(to.tasks()
                    .completeTask(CompleteTaskRequest.newBuilder()
                            .setTaskId(id)
                            .setToken(token)
                            .setResult(Values.bytes("--result", result, terminal.in()))
                            .build()));
        }
    }

    /** {@code tandem task fail}. */
    @Command(name = "fail", description = "Reports that an attempt failed: it is tried again as its retry policy says.")
    static final class Fail extends Claimed {
        @Option(names = "--code", paramLabel = "WORD", description = "Why, for programs.")
        private @Nullable String code;

        @Option(names = "--message", paramLabel = "TEXT", description = "Why, for people.")
        private @Nullable String message;

        @Option(names = "--final", description = "Do not try again.")
        private boolean isFinal;

        Fail(Terminal terminal) {
            super(terminal);
        }

        @Override
        Task change(Connection to) throws InterruptedException {
            return Connection.await(to.tasks()
                    .failTask(FailTaskRequest.newBuilder()
                            .setTaskId(id)
                            .setToken(token)
                            .setError(Values.error(code, message))
                            .setFinal(isFinal)
                            .build()));
        }
    }

    /** {@code tandem task release}. */
    @Command(name = "release", description = "Gives a claimed task back untried.")
    static final class Release extends Claimed {
        @Option(names = "--delay", paramLabel = "TIME", description = "Not claimed again for so long; default 0s.")
        private Duration delay = Duration.ZERO;

        Release(Terminal terminal) {
            super(terminal);
        }

        @Override
        Task change(Connection to) throws InterruptedException {
            return Connection.await(to.tasks()
                    .releaseTask(ReleaseTaskRequest.newBuilder()
                            .setTaskId(id)
                            .setToken(token)
                            .setDelay(Values.proto(delay))
                            .build()));
        }
    }
}
