package dev.tandem.client.example;

import com.google.protobuf.ByteString;
import dev.tandem.client.TandemClient;
import dev.tandem.client.TaskContext;
import dev.tandem.client.TaskFailure;
import dev.tandem.client.Worker;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import java.time.Duration;

/** Sends mail by way of tasks: one side asks for mails, the other sends them. Shown in docs/client.md. */
public final class MailWorker {
    private final TandemClient client;

    public MailWorker(TandemClient client) {
        this.client = client;
    }

    /** Asks for a mail. When the future succeeds, it will be sent, whatever crashes. */
    public Future<Task> ask(String to) {
        Task task = Task.newBuilder()
                .setQueue("mail")
                .setPayload(ByteString.copyFromUtf8(to))
                .build();
        return client.tasks()
                .createTask(CreateTaskRequest.newBuilder().setTask(task).build());
    }

    /** Sends mails, up to four at once, until it is drained. */
    public Worker start() {
        return client.worker("mail")
                .id("mailer-1")
                .concurrency(4)
                .lease(Duration.ofSeconds(30))
                .handleBlocking(MailWorker::send);
    }

    private static ByteString send(TaskContext task) {
        String to = task.payload().toStringUtf8();
        if (!to.contains("@")) {
            throw TaskFailure.forGood("NO_ADDRESS", "\"" + to + "\" is no address");
        }
        task.progress(50, "connected");
        if (task.isLeaseLost()) {
            return ByteString.EMPTY; // called off, or another worker has it: nothing that is returned counts
        }
        return ByteString.copyFromUtf8("sent to " + to);
    }
}
