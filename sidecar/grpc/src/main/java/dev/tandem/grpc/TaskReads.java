package dev.tandem.grpc;

import dev.tandem.routing.TaskWaiters;
import dev.tandem.store.CallOptions;
import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.TaskState;
import dev.tandem.v1.Consistency;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CountTasksResponse;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.ListTasksResponse;
import dev.tandem.v1.Task;
import dev.tandem.v1.WaitTaskRequest;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;

/** The unary methods of TaskService that change nothing. */
final class TaskReads {
    static final long WAIT_MILLIS_MAX = 300_000;
    private static final long WAIT_MILLIS_DEFAULT = 30_000;

    private final TaskStore store;
    private final TaskWaiters waiters;
    private final InstantSource clock;
    private final ApiLimits limits;

    TaskReads(TaskStore store, TaskWaiters waiters, InstantSource clock, ApiLimits limits) {
        this.store = store;
        this.waiters = waiters;
        this.clock = clock;
        this.limits = limits;
    }

    Future<Task> get(GetTaskRequest request, Call call) {
        return get(request.getNamespace(), request.getTaskId(), request.getConsistency(), call);
    }

    Future<Task> get(String namespaceGiven, String idGiven, Consistency consistencyGiven, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(namespaceGiven, limits.defaultNamespace());
        String taskId = checks.name("task_id", idGiven);
        CallOptions options = options(checks, consistencyGiven, call);
        checks.done();
        return store.query(new TaskQuery.Get(namespace, taskId), options)
                .map(found ->
                        ProtoTasks.of(found.orElseThrow(() -> new ApiException(Commands.noTask(namespace, taskId)))));
    }

    Future<ListTasksResponse> list(ListTasksRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        TaskFilter filter = FilterReader.of(checks, request);
        int size = request.getPageSize();
        if (size < 0) {
            checks.violate("page_size", "must be 0 or more, and is " + size);
        }
        int limit = size == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(size, Limits.PAGE_SIZE_MAX);
        boolean newestFirst = newestFirst(checks, request.getOrderBy());
        CallOptions options = options(checks, request.getConsistency(), call);
        checks.done();
        long now = clock.millis();
        ListPosition after = request.getPageToken().isEmpty()
                ? null
                : PageTokens.open(request.getPageToken(), namespace, filter, newestFirst, now);
        return store.query(new TaskQuery.ListTasks(namespace, filter, newestFirst, after, limit), options)
                .map(page -> response(page, namespace, filter, newestFirst, now));
    }

    private ListTasksResponse response(
            TaskPage page, String namespace, TaskFilter filter, boolean newestFirst, long now) {
        ListTasksResponse.Builder out = ListTasksResponse.newBuilder();
        page.tasks().forEach(task -> out.addTasks(ProtoTasks.of(task)));
        ListPosition next = page.next();
        if (next != null) {
            long goodUntil = now + limits.pageTokenKeep().toMillis();
            out.setNextPageToken(PageTokens.seal(next, namespace, filter, newestFirst, goodUntil));
        }
        return out.build();
    }

    Future<CountTasksResponse> count(CountTasksRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        TaskFilter filter = FilterReader.of(checks, request);
        CallOptions options = options(checks, request.getConsistency(), call);
        checks.done();
        return store.query(new TaskQuery.Count(namespace, filter), options).map(counts -> {
            CountTasksResponse.Builder out = CountTasksResponse.newBuilder().setTotal(counts.total());
            counts.byState().forEach((state, count) -> out.putByState(state.name(), count));
            return out.build();
        });
    }

    Future<Task> await(WaitTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        Set<TaskState> states = checks.states("states", request.getStatesList());
        long millis = request.hasTimeout()
                ? checks.millis("timeout", request.getTimeout(), 0, WAIT_MILLIS_MAX)
                : WAIT_MILLIS_DEFAULT;
        checks.done();
        call.endOnDrain();
        return waiters.await(
                        namespace,
                        taskId,
                        states.isEmpty() ? TaskWaiters.FINAL_STATES : states,
                        0,
                        Duration.ofMillis(millis),
                        call.options(),
                        call.cancellation())
                .map(found ->
                        ProtoTasks.of(found.orElseThrow(() -> new ApiException(Commands.noTask(namespace, taskId)))));
    }

    private static boolean newestFirst(Checks checks, String orderBy) {
        return switch (orderBy) {
            case "", "create_time", "create_time asc" -> false;
            case "create_time desc" -> true;
            default -> {
                checks.violate(
                        "order_by", "must be \"create_time\" or \"create_time desc\", and " + Checks.is(orderBy));
                yield false;
            }
        };
    }

    static CallOptions options(Checks checks, Consistency consistency, Call call) {
        return switch (consistency) {
            case CONSISTENCY_UNSPECIFIED, LINEARIZABLE -> call.options();
            case EVENTUAL -> call.options(dev.tandem.store.Consistency.EVENTUAL);
            case UNRECOGNIZED -> {
                checks.violate("consistency", "must be LINEARIZABLE or EVENTUAL");
                yield call.options();
            }
        };
    }
}
