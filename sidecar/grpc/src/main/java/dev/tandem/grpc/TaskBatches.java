package dev.tandem.grpc;

import dev.tandem.task.Limits;
import dev.tandem.v1.BatchCompleteTasksRequest;
import dev.tandem.v1.BatchCompleteTasksResponse;
import dev.tandem.v1.BatchCreateTasksRequest;
import dev.tandem.v1.BatchCreateTasksResponse;
import dev.tandem.v1.BatchGetTasksRequest;
import dev.tandem.v1.BatchGetTasksResponse;
import dev.tandem.v1.BatchResult;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The batch forms: each item is a call of its own, made side by side; results are in the order of the items. */
final class TaskBatches {
    private final TaskWrites writes;
    private final TaskReads reads;
    private final ApiLimits limits;

    TaskBatches(TaskWrites writes, TaskReads reads, ApiLimits limits) {
        this.writes = writes;
        this.reads = reads;
        this.limits = limits;
    }

    Future<BatchCreateTasksResponse> create(BatchCreateTasksRequest request, Call call) {
        String namespace = checked(request.getNamespace(), "requests", request.getRequestsCount());
        return all(request.getRequestsList(), true, item -> {
                    requireSame(namespace, item.getNamespace());
                    return writes.create(item, namespace, call);
                })
                .map(results -> BatchCreateTasksResponse.newBuilder()
                        .addAllResults(results)
                        .build());
    }

    Future<BatchCompleteTasksResponse> complete(BatchCompleteTasksRequest request, Call call) {
        String namespace = checked(request.getNamespace(), "requests", request.getRequestsCount());
        return all(request.getRequestsList(), true, item -> {
                    requireSame(namespace, item.getNamespace());
                    return writes.complete(item, namespace, call);
                })
                .map(results -> BatchCompleteTasksResponse.newBuilder()
                        .addAllResults(results)
                        .build());
    }

    Future<BatchGetTasksResponse> get(BatchGetTasksRequest request, Call call) {
        String namespace = checked(request.getNamespace(), "task_ids", request.getTaskIdsCount());
        return all(request.getTaskIdsList(), false, id -> reads.get(namespace, id, request.getConsistency(), call))
                .map(results -> BatchGetTasksResponse.newBuilder()
                        .addAllResults(results)
                        .build());
    }

    /** The namespace of a batch of the right size. */
    private String checked(String namespaceGiven, String field, int count) {
        Checks checks = new Checks();
        String namespace = checks.namespace(namespaceGiven, limits.defaultNamespace());
        if (count < 1 || count > Limits.BATCH_MAX) {
            checks.violate(field, "must be 1 to " + Limits.BATCH_MAX + ", and are " + count);
        }
        checks.done();
        return namespace;
    }

    private static void requireSame(String namespace, String ofItem) {
        if (!ofItem.isEmpty() && !ofItem.equals(namespace)) {
            throw new ApiException(StatusMap.invalid(
                    StatusMap.INVALID_ARGUMENT,
                    "namespace",
                    "must be empty or that of the batch, and " + Checks.is(ofItem)));
        }
    }

    private static <T> Future<List<BatchResult>> all(List<T> items, boolean isWrite, Function<T, Future<Task>> single) {
        List<Future<BatchResult>> results = new ArrayList<>(items.size());
        for (T item : items) {
            Future<Task> result;
            try {
                result = single.apply(item);
            } catch (RuntimeException e) {
                result = Future.failedFuture(e);
            }
            // Every item becomes a result, so that no failure hides what became of the others.
            results.add(
                    result.map(task -> BatchResult.newBuilder().setTask(task).build())
                            .otherwise(failure -> BatchResult.newBuilder()
                                    .setError(StatusMap.of(failure, isWrite))
                                    .build()));
        }
        return Future.join(results)
                .map(done -> results.stream().map(Future::result).toList());
    }
}
