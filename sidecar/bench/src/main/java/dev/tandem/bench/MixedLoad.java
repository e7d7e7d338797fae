package dev.tandem.bench;

import com.google.protobuf.Duration;
import dev.tandem.client.TandemException;
import dev.tandem.v1.BatchCreateTasksRequest;
import dev.tandem.v1.BatchCreateTasksResponse;
import dev.tandem.v1.BatchResult;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceClient;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of an application on one namespace, mixed by a seed: tasks are created, claimed, completed, deleted, read and listed, through several sidecars in
 * turns. What is acknowledged goes into a {@link Ledger}, and what is read is judged by it.
 *
 * <p>Belongs to one event loop.
 */
final class MixedLoad {
    /** What is called. */
    enum Kind {
        CREATE(20),
        CLAIM(20),
        COMPLETE(18),
        DELETE(4),
        LIST(3),
        GET(35);

        /** Of a hundred calls. */
        private final int share;

        Kind(int share) {
            this.share = share;
        }

        /** Whether it changes something. */
        boolean isWrite() {
            return this != GET && this != LIST;
        }
    }

    /** A call that has ended; times are System.nanoTime()'s. */
    record Call(Kind kind, long dueNanos, long answeredNanos, boolean isFailed) {}

    private static final String QUEUE = "demo";
    private static final String WORKER = "demo";
    private static final int BATCH = 100;
    private static final int PAGE = 20;

    /** Longer than any run, so that no lease runs out in it. */
    private static final Duration LEASE =
            Duration.newBuilder().setSeconds(12 * 3600).build();

    private final String namespace;
    private final List<TaskServiceClient> sidecars;
    private final Ledger ledger;
    private final SplittableRandom random;
    private final Consumer<Call> ended;
    private final List<String> readable = new ArrayList<>();
    private final Deque<Task> held = new ArrayDeque<>();
    private final Deque<String> finished = new ArrayDeque<>();
    private int created;
    private long failed;
    private long contradicted;
    private @Nullable String firstFailure;
    private @Nullable String firstContradiction;

    /** @param ended hears of each call of the mix when it has ended */
    MixedLoad(String namespace, List<TaskServiceClient> sidecars, Ledger ledger, long seed, Consumer<Call> ended) {
        this.namespace = namespace;
        this.sidecars = sidecars;
        this.ledger = ledger;
        this.random = new SplittableRandom(seed);
        this.ended = ended;
    }

    /**
     * Creates the next of the tasks that there are to be before the mix begins.
     *
     * @return null if there are so many
     */
    @Nullable
    Future<?> fill(int tasks) {
        if (created >= tasks) {
            return null;
        }
        BatchCreateTasksRequest.Builder batch =
                BatchCreateTasksRequest.newBuilder().setNamespace(namespace);
        while (created < tasks && batch.getRequestsCount() < BATCH) {
            batch.addRequests(newTask());
        }
        return sidecar().batchCreateTasks(batch.build()).map(this::filled);
    }

    private boolean filled(BatchCreateTasksResponse answer) {
        for (BatchResult result : answer.getResultsList()) {
            if (!result.hasTask()) {
                throw TandemException.of(result.getError());
            }
            acknowledgeNew(result.getTask());
        }
        return true;
    }

    /** Makes the next call of the mix. It fails if it was not answered as it has to be. */
    Future<?> next(long dueNanos) {
        Kind kind = pick();
        Future<?> call = call(kind);
        return call.onComplete((done, failure) -> {
            if (failure != null) {
                failed++;
                firstFailure = firstFailure == null ? kind + ": " + failure.getMessage() : firstFailure;
            }
            ended.accept(new Call(kind, dueNanos, System.nanoTime(), failure != null));
        });
    }

    private Kind pick() {
        int left = random.nextInt(100);
        for (Kind kind : Kind.values()) {
            left -= kind.share;
            if (left < 0) {
                return instead(kind);
            }
        }
        return Kind.GET;
    }

    /** What is called where there is nothing to call this on. */
    private Kind instead(Kind kind) {
        return switch (kind) {
            case COMPLETE -> held.isEmpty() ? Kind.CLAIM : kind;
            case DELETE -> finished.isEmpty() ? Kind.GET : kind;
            default -> kind;
        };
    }

    private Future<?> call(Kind kind) {
        return switch (kind) {
            case CREATE -> create();
            case CLAIM -> claim();
            case COMPLETE -> complete(held.remove());
            case DELETE -> delete(finished.remove());
            case LIST -> list();
            case GET -> readable.isEmpty() ? create() : get(readable.get(random.nextInt(readable.size())));
        };
    }

    private TaskServiceClient sidecar() {
        return sidecars.get(random.nextInt(sidecars.size()));
    }

    private CreateTaskRequest newTask() {
        created++;
        String id = "task-" + created;
        return CreateTaskRequest.newBuilder()
                .setNamespace(namespace)
                .setTaskId(id)
                .setTask(Task.newBuilder().setQueue(QUEUE).setPayload(ledger.payload(id)))
                .build();
    }

    private void acknowledgeNew(Task task) {
        ledger.acknowledge(task);
        readable.add(task.getTaskId());
    }

    private Future<?> create() {
        CreateTaskRequest request = newTask();
        return sidecar()
                .createTask(request)
                .onSuccess(this::acknowledgeNew)
                .onFailure(failure -> unknown(failure, request.getTaskId()));
    }

    private Future<?> claim() {
        return sidecar()
                .claimTasks(ClaimTasksRequest.newBuilder()
                        .setNamespace(namespace)
                        .addQueues(QUEUE)
                        .setWorkerId(WORKER)
                        .setMaxTasks(1)
                        .setLeaseDuration(LEASE)
                        .build())
                .onSuccess(answer -> answer.getTasksList().forEach(task -> {
                    ledger.acknowledge(task);
                    held.add(task);
                }))
                .onFailure(failure -> {
                    if (maybeApplied(failure)) {
                        ledger.unknownClaim();
                    }
                });
    }

    private Future<?> complete(Task task) {
        return sidecar()
                .completeTask(CompleteTaskRequest.newBuilder()
                        .setNamespace(namespace)
                        .setTaskId(task.getTaskId())
                        .setToken(task.getLease().getToken())
                        .build())
                .onSuccess(completed -> {
                    ledger.acknowledge(completed);
                    finished.add(completed.getTaskId());
                })
                .onFailure(failure -> unknown(failure, task.getTaskId()));
    }

    private Future<?> delete(String id) {
        ledger.deleting(id);
        return sidecar()
                .deleteTask(DeleteTaskRequest.newBuilder()
                        .setNamespace(namespace)
                        .setTaskId(id)
                        .build())
                .onSuccess(deleted -> ledger.acknowledgeDeletion(id))
                .onFailure(failure -> {
                    if (!maybeApplied(failure)) {
                        ledger.notDeleted(id);
                    }
                });
    }

    private Future<?> get(String id) {
        Ledger.Seen seen = ledger.seen(id);
        return sidecar()
                .getTask(GetTaskRequest.newBuilder()
                        .setNamespace(namespace)
                        .setTaskId(id)
                        .build())
                .transform((task, failure) -> {
                    boolean isAnswered = failure == null
                            || (failure instanceof TandemException known && known.code() == GrpcStatus.NOT_FOUND);
                    if (!isAnswered) {
                        return Future.failedFuture(failure);
                    }
                    judge(seen, id, task);
                    return Future.succeededFuture();
                });
    }

    private void judge(Ledger.Seen seen, String id, @Nullable Task found) {
        Ledger.Fault fault = ledger.judge(seen, id, found);
        if (fault != null) {
            contradicted++;
            firstContradiction = firstContradiction == null ? id + " was " + fault : firstContradiction;
        }
    }

    private Future<?> list() {
        return sidecar()
                .listTasks(ListTasksRequest.newBuilder()
                        .setNamespace(namespace)
                        .addQueues(QUEUE)
                        .setPageSize(PAGE)
                        .build());
    }

    private void unknown(Throwable failure, String id) {
        if (maybeApplied(failure)) {
            ledger.unknown(id);
        }
    }

    private static boolean maybeApplied(Throwable failure) {
        return !(failure instanceof TandemException known) || known.maybeApplied();
    }

    /** Calls that were not answered as they have to be. */
    long failed() {
        return failed;
    }

    @Nullable
    String firstFailure() {
        return firstFailure;
    }

    /** Reads that have shown less than was acknowledged before they began, or what was deleted. */
    long contradicted() {
        return contradicted;
    }

    @Nullable
    String firstContradiction() {
        return firstContradiction;
    }
}
