package dev.tandem.client;

import static dev.tandem.client.FakeQueue.until;
import static dev.tandem.client.ScriptedServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.client.example.MailWorker;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceGrpcService;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Keeps the example of docs/client.md true. */
class MailWorkerTest {
    @Test
    void example_asShown_sendsWhatCanBeSent() throws Exception {
        Vertx vertx = Vertx.vertx();
        FakeQueue queue = new FakeQueue(vertx);
        queue.server.on(TaskServiceGrpcService.CreateTask, call -> {
            queue.put(call.request().getTask().getPayload().toStringUtf8());
            call.answer(Task.getDefaultInstance());
        });
        queue.server.listen(0);

        try (TandemClient client =
                TandemClient.connect(ClientOptions.DEFAULT.withHostAndPort("127.0.0.1", queue.server.port()))) {
            MailWorker mail = new MailWorker(client);
            await(mail.ask("ann@example.org"));
            await(mail.ask("nobody"));
            Worker worker = mail.start();
            until(() -> queue.completions.size() == 1 && queue.failures.size() == 1);
            await(worker.drain(Duration.ofSeconds(5)));
        }

        assertThat(queue.completions.get(0).getResult().toStringUtf8()).isEqualTo("sent to ann@example.org");
        assertThat(queue.failures.get(0).getError().getCode()).isEqualTo("NO_ADDRESS");
        await(vertx.close());
    }
}
