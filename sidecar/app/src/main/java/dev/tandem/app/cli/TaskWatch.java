package dev.tandem.app.cli;

import dev.tandem.client.TandemException;
import dev.tandem.client.WatchHandler;
import dev.tandem.v1.Task;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tandem task watch}. */
@Command(
        name = "watch",
        description = "Shows tasks as they change, until Ctrl-C.",
        footer = {
            "",
            "After a cut, such as a restart of the sidecar, it goes on by itself from the last event; that one may",
            "be shown twice. With --json, one event a line, each with the cursor from which to go on: nothing is",
            "missed when the next watch begins with the last one's --cursor.",
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
        Events events = new Events(printer);
        try {
            Connection.await(to.watch(request, events));
        } catch (TandemException e) {
            if (!events.last.isEmpty()) {
                terminal.err().println("The watch can't go on after --cursor " + events.last);
            }
            throw e;
        }
        return ExitCode.OK;
    }

    /** Shows the events, and goes on after cuts: but a watch that never began is most likely a wrong address. */
    private final class Events implements WatchHandler {
        private final Printer printer;

        /** Written by the client's thread, read by ours once the watch has ended. */
        private volatile String last = cursor;

        private volatile boolean isBegun;
        private boolean isCut;

        Events(Printer printer) {
            this.printer = printer;
        }

        @Override
        public Future<Void> handle(WatchTasksResponse event) {
            isBegun = true;
            isCut = false;
            if (!event.getCursor().isEmpty()) {
                last = event.getCursor();
            }
            show(event, printer);
            return Future.succeededFuture();
        }

        @Override
        public boolean wasCut(TandemException failure) {
            if (isBegun && !isCut) {
                isCut = true;
                terminal.err().println("The watch was cut (" + failure.getMessage() + "); it goes on by itself.");
            }
            return isBegun;
        }
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
