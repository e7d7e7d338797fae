package dev.tandem.app.cli;

import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.Part;
import dev.tandem.v1.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tandem task create}. */
@Command(
        name = "create",
        description = "Creates a task.",
        footer = {
            "",
            "Examples:",
            "  tandem task create --queue mail --payload hi",
            "  tandem task create --id invoice-17 --queue pdf --payload @invoice.json --delay 10m",
            "  tandem task create --kind report --part node-1 --part node-2"
        })
final class TaskCreate extends CallCommand {
    @Option(names = "--id", paramLabel = "ID", description = "Default: one that the sidecar makes.")
    private @Nullable String id;

    @Mixin
    private SpecOptions spec = new SpecOptions();

    @Option(names = "--delay", paramLabel = "TIME", description = "Due this long from now. Not together with --due.")
    private @Nullable Duration delay;

    @Option(
            names = "--part",
            paramLabel = "NODE[=LOCAL_ID]",
            description = "A node's part of a fanned-out task; may be given several times.")
    private List<String> parts = new ArrayList<>();

    @Option(
            names = "--request-id",
            paramLabel = "ID",
            description = "Makes it safe to repeat: the same id with the same task creates it once.")
    private @Nullable String requestId;

    TaskCreate(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(Connection to, Printer printer) throws InterruptedException, IOException {
        Task.Builder task = Task.newBuilder();
        spec.fill(task, terminal);
        for (String part : parts) {
            int equals = part.indexOf('=');
            String node = equals < 0 ? part : part.substring(0, equals);
            task.putParts(
                    node,
                    Part.newBuilder()
                            .setLocalId(equals < 0 ? "" : part.substring(equals + 1))
                            .build());
        }
        CreateTaskRequest.Builder request = CreateTaskRequest.newBuilder().setTask(task);
        if (id != null) {
            request.setTaskId(id);
        }
        if (delay != null) {
            request.setDelay(Values.proto(delay));
        }
        if (requestId != null) {
            request.setRequestId(requestId);
        }
        printer.task(Connection.await(to.tasks().createTask(request.build())));
        return ExitCode.OK;
    }
}
