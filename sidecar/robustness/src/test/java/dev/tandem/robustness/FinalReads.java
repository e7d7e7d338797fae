package dev.tandem.robustness;

import dev.tandem.client.TandemClient;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.Operation.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads every task after the last fault, as one more client whose reads are a part of the history. */
final class FinalReads {
    private static final int CLIENT = 0;
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private FinalReads() {}

    static void read(Vertx vertx, String address, List<Area> areas, HistoryRecorder history) {
        try (TandemClient client = TandemClient.connect(vertx, Workload.options(address))) {
            for (Area area : areas) {
                List<Future<Answer>> reads = new ArrayList<>();
                for (int task = 0; task < area.tasks(); task++) {
                    Request get = Request.get(area, "t" + task);
                    long ticket = history.begin(CLIENT, get.call());
                    reads.add(get.send()
                            .to(client.tasks(DEADLINE), client.leases(DEADLINE))
                            .otherwise(failure -> Answers.of(failure, true))
                            .onSuccess(answer -> history.end(ticket, answer)));
                }
                Workload.await(Future.all(reads));
            }
        }
    }
}
