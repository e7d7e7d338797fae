package dev.tandem.app.cli;

import com.google.protobuf.FieldMask;
import dev.tandem.v1.Task;
import dev.tandem.v1.UpdateTaskRequest;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tandem task update}. */
@Command(name = "update", description = "Changes what was said of a task when it was created. What is not given stays.")
final class TaskUpdate extends CallCommand {
    @Parameters(paramLabel = "TASK_ID", description = "The task.")
    private String id = "";

    @Mixin
    private SpecOptions spec = new SpecOptions();

    @Option(names = "--etag", paramLabel = "ETAG", description = "Only if the task still has this etag.")
    private String etag = "";

    TaskUpdate(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(Connection to, Printer printer) throws InterruptedException, IOException {
        Task.Builder task = Task.newBuilder();
        List<String> fields = spec.fill(task, terminal);
        if (fields.isEmpty()) {
            throw new BadInput("nothing to change: give at least one of the options that describe a task");
        }
        printer.changed(Connection.await(to.tasks()
                .updateTask(UpdateTaskRequest.newBuilder()
                        .setTaskId(id)
                        .setTask(task)
                        .setUpdateMask(FieldMask.newBuilder().addAllPaths(fields))
                        .setEtag(etag)
                        .build())));
        return ExitCode.OK;
    }
}
