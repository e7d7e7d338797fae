package dev.tandem.app.cli;

import dev.tandem.v1.Consistency;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CountTasksResponse;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.ListTasksResponse;
import dev.tandem.v1.Task;
import dev.tandem.v1.WaitTaskRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that only read. */
final class TaskReads {
    private static final String CONSISTENCY = "May be a moment behind, where that is quicker.";

    private TaskReads() {}

    private static Consistency consistency(boolean isEventual) {
        return isEventual ? Consistency.EVENTUAL : Consistency.LINEARIZABLE;
    }

    /** {@code tandem task get}. */
    @Command(name = "get", description = "Shows one task.")
    static final class Get extends CallCommand {
        @Parameters(paramLabel = "TASK_ID", description = "The task.")
        private String id = "";

        @Option(names = "--eventual", description = CONSISTENCY)
        private boolean isEventual;

        Get(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            printer.task(Connection.await(to.tasks()
                    .getTask(GetTaskRequest.newBuilder()
                            .setTaskId(id)
                            .setConsistency(consistency(isEventual))
                            .build())));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task list}. */
    @Command(
            name = "list",
            description = "Lists tasks by the time of their creation.",
            footer = {
                "",
                "Examples:",
                "  tandem task list --state failed --queue mail,pdf --newest-first",
                "  tandem task list --label customer=17 --created-from 2h --all --json"
            })
    static final class ListTasks extends CallCommand {
        private static final int PAGE_MAX = 1000;

        @Mixin
        private FilterOptions filter = new FilterOptions();

        @Mixin
        private FilterOptions.Created created = new FilterOptions.Created();

        @Option(names = "--limit", paramLabel = "N", description = "At most so many: 1 to 1000, default 50.")
        private int limit = 50;

        @Option(names = "--all", description = "All of them, page after page; with --json, one page a line.")
        private boolean isAll;

        @Option(names = "--page-token", paramLabel = "TOKEN", description = "Go on where a page ended.")
        private String pageToken = "";

        @Option(names = "--newest-first", description = "The newest first.")
        private boolean isNewestFirst;

        @Option(names = "--eventual", description = CONSISTENCY)
        private boolean isEventual;

        ListTasks(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            if (limit < 1 || limit > PAGE_MAX) {
                throw new BadInput("--limit must be 1 to 1000, not " + limit + "; --all lists everything");
            }
            List<List<String>> rows = new ArrayList<>();
            String token = pageToken;
            do {
                ListTasksResponse page = Connection.await(to.tasks().listTasks(request(token)));
                token = page.getNextPageToken();
                if (printer.isJson()) {
                    printer.json(page);
                } else {
                    page.getTasksList().forEach(task -> rows.add(printer.row(task)));
                    if (isAll || token.isEmpty()) {
                        // Pages are printed as they come, so that memory stays bounded.
                        terminal.out().print(rows.isEmpty() ? "" : Table.of(Printer.heading(), rows));
                        rows.clear();
                    }
                }
            } while (isAll && !token.isEmpty());
            if (!rows.isEmpty()) {
                terminal.out().print(Table.of(Printer.heading(), rows));
                terminal.err().println("There are more: --all, or --page-token " + token);
            }
            return ExitCode.OK;
        }

        private ListTasksRequest request(String token) {
            ListTasksRequest.Builder request = ListTasksRequest.newBuilder()
                    .addAllStates(filter.states)
                    .addAllQueues(filter.queues)
                    .addAllKinds(filter.kinds)
                    .setNode(filter.node == null ? "" : filter.node)
                    .addAllLabels(filter.labels)
                    .setPageSize(isAll ? PAGE_MAX : limit)
                    .setPageToken(token)
                    .setOrderBy(isNewestFirst ? "create_time desc" : "")
                    .setConsistency(consistency(isEventual));
            if (created.from != null) {
                request.setCreatedFrom(Values.proto(created.from));
            }
            if (created.before != null) {
                request.setCreatedBefore(Values.proto(created.before));
            }
            return request.build();
        }
    }

    /** {@code tandem task count}. */
    @Command(name = "count", description = "Counts tasks by state.")
    static final class Count extends CallCommand {
        @Mixin
        private FilterOptions filter = new FilterOptions();

        @Mixin
        private FilterOptions.Created created = new FilterOptions.Created();

        @Option(names = "--eventual", description = CONSISTENCY)
        private boolean isEventual;

        Count(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            CountTasksRequest.Builder request = CountTasksRequest.newBuilder()
                    .addAllStates(filter.states)
                    .addAllQueues(filter.queues)
                    .addAllKinds(filter.kinds)
                    .setNode(filter.node == null ? "" : filter.node)
                    .addAllLabels(filter.labels)
                    .setConsistency(consistency(isEventual));
            if (created.from != null) {
                request.setCreatedFrom(Values.proto(created.from));
            }
            if (created.before != null) {
                request.setCreatedBefore(Values.proto(created.before));
            }
            CountTasksResponse counts = Connection.await(to.tasks().countTasks(request.build()));
            List<List<String>> rows = new ArrayList<>();
            counts.getByStateMap().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(count -> rows.add(List.of(count.getKey(), Long.toString(count.getValue()))));
            rows.add(List.of("all", Long.toString(counts.getTotal())));
            printer.print(counts, Table.of(List.of("STATE", "TASKS"), rows));
            return ExitCode.OK;
        }
    }

    /** {@code tandem task wait}. */
    @Command(
            name = "wait",
            description = "Waits until a task is in one of the states, and shows it.",
            footer = {"", "Exit code 6 if the time was over first; the task is shown as it was then."})
    static final class WaitFor extends CallCommand {
        private static final List<Task.State> FINAL =
                List.of(Task.State.SUCCEEDED, Task.State.FAILED, Task.State.CANCELED);

        @Parameters(paramLabel = "TASK_ID", description = "The task.")
        private String id = "";

        @Option(
                names = {"-s", "--state"},
                paramLabel = "STATE",
                split = ",",
                description = "Default: succeeded, failed and canceled.")
        private List<Task.State> states = new ArrayList<>();

        @Option(names = "--for", paramLabel = "TIME", description = "How long: 0s to 5m, default 30s.")
        private @Nullable Duration wait;

        WaitFor(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(Connection to, Printer printer) throws InterruptedException {
            WaitTaskRequest.Builder request =
                    WaitTaskRequest.newBuilder().setTaskId(id).addAllStates(states);
            if (wait != null) {
                request.setTimeout(Values.proto(wait));
            }
            Task task = Connection.await(to.tasks().waitTask(request.build()));
            printer.task(task);
            boolean isThere = (states.isEmpty() ? FINAL : states).contains(task.getState());
            return isThere ? ExitCode.OK : ExitCode.NOT_YET;
        }
    }
}
