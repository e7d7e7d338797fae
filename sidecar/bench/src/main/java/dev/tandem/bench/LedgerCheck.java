package dev.tandem.bench;

import dev.tandem.bench.Ledger.Fault;
import dev.tandem.v1.BatchGetTasksRequest;
import dev.tandem.v1.BatchGetTasksResponse;
import dev.tandem.v1.BatchResult;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceClient;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads every task that a {@link Ledger} knows, through sidecars in turns, and judges it. */
final class LedgerCheck {
    private static final int BATCH = 100;
    private static final Duration BATCH_MAX = Duration.ofSeconds(30);

    /** The most ids that are told of each fault. */
    private static final int NAMED_MAX = 20;

    /**
     * What was found.
     *
     * @param tasks how many were read
     * @param faults how many of each kind there are; none if all is well
     * @param examples ids of the first of each kind
     */
    record Found(long tasks, Map<Fault, Long> faults, Map<Fault, List<String>> examples) {
        /** Acknowledged changes that are not there, and deleted tasks that are. */
        long lost() {
            return faults.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private final Ledger ledger;
    private final String namespace;
    private final List<TaskServiceClient> sidecars;
    private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    private final Map<Fault, List<String>> examples = new EnumMap<>(Fault.class);

    LedgerCheck(Ledger ledger, String namespace, List<TaskServiceClient> sidecars) {
        this.ledger = ledger;
        this.namespace = namespace;
        this.sidecars = sidecars;
    }

    /** Runs on the calling thread, which must not be an event loop, when no call is under way any more. */
    Found run() {
        List<String> ids = ledger.ids();
        for (int from = 0; from < ids.size(); from += BATCH) {
            List<String> batch = ids.subList(from, Math.min(from + BATCH, ids.size()));
            List<BatchResult> results = Waiting.on(
                    read(sidecars.get(from / BATCH % sidecars.size()), batch), BATCH_MAX, "the tasks to be compared");
            for (int i = 0; i < batch.size(); i++) {
                Fault fault = ledger.judge(batch.get(i), task(batch.get(i), results.get(i)));
                if (fault != null) {
                    add(fault, batch.get(i));
                }
            }
        }
        return new Found(ids.size(), Collections.unmodifiableMap(faults), Collections.unmodifiableMap(examples));
    }

    private Future<List<BatchResult>> read(TaskServiceClient sidecar, List<String> ids) {
        return sidecar.batchGetTasks(BatchGetTasksRequest.newBuilder()
                        .setNamespace(namespace)
                        .addAllTaskIds(ids)
                        .build())
                .map(BatchGetTasksResponse::getResultsList);
    }

    private static @Nullable Task task(String id, BatchResult result) {
        if (result.hasTask()) {
            return result.getTask();
        } else if (result.getError().getCode() == GrpcStatus.NOT_FOUND.code) {
            return null;
        }
        throw new BenchException(
                "task " + id + " can't be read: " + result.getError().getMessage());
    }

    private void add(Fault fault, String id) {
        faults.merge(fault, 1L, Long::sum);
        List<String> named = examples.computeIfAbsent(fault, first -> new ArrayList<>());
        if (named.size() < NAMED_MAX) {
            named.add(id);
        }
    }
}
