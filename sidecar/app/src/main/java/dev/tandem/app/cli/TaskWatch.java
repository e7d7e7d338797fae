package dev.tandem.app.cli;

import dev.tandem.client.TandemException;
import dev.tandem.v1.Task;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.streams.ReadStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tandem task watch}. */
@Command(
        name = "watch",
        description = "Shows tasks as they change, until Ctrl-C.",
        footer = {
            "",
            "With --json, one event a line, each with the cursor from which to go on: nothing is missed when",
            "the next watch begins with the last one's --cursor.",
            "",
            "Examples:",
            "  tandem task watch --queue mail",
            "  tandem task watch --existing --json"
        })
final class TaskWatch extends CallCommand {
    @Mixin
    private FilterOptions filter = new FilterOptions();

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "Go on from here.")
    private String cursor = "";

    @Option(names = "--existing", description = "Begin with the tasks that there are. Not together with --cursor.")
    private boolean isExisting;

    /** Written by the client's thread, read by ours once the stream has ended. */
    private volatile String last = "";

    TaskWatch(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(Connection to, Printer printer) throws InterruptedException {
        WatchTasksRequest request = WatchTasksRequest.newBuilder()
                .setCursor(cursor)
                .setIncludeExisting(isExisting)
                .addAllStates(filter.states)
                .addAllQueues(filter.queues)
                .addAllKinds(filter.kinds)
                .setNode(filter.node == null ? "" : filter.node)
                .addAllLabels(filter.labels)
                .build();
        try {
            Connection.await(to.tasks().watchTasks(request).compose(stream -> read(stream, printer)));
        } catch (TandemException e) {
            if (!last.isEmpty()) {
                terminal.err().println("The watch was cut; go on from there with --cursor " + last);
            }
            throw e;
        }
        return ExitCode.OK;
    }

    private Future<Void> read(ReadStream<WatchTasksResponse> stream, Printer printer) {
        Promise<Void> ended = Promise.promise();
        stream.exceptionHandler(ended::tryFail);
        stream.endHandler(end -> ended.tryComplete());
        stream.handler(event -> {
            last = event.getCursor();
            show(event, printer);
        });
        return ended.future();
    }

    private void show(WatchTasksResponse event, Printer printer) {
        if (printer.isJson()) {
            printer.json(event);
        } else if (event.hasTask()) {
            Task task = event.getTask();
            printer.changed(task);
        } else if (event.hasDeleted()) {
            terminal.out().println("task " + event.getDeleted().getTaskId() + " is deleted");
        }
        terminal.out().flush();
    }
}
