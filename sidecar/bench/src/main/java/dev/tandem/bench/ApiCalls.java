package dev.tandem.bench;

import com.google.protobuf.Empty;
import com.google.protobuf.UnsafeByteOperations;
import dev.tandem.task.Bytes;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.util.function.Supplier;

/** Calls made through a sidecar, over gRPC. */
final class ApiCalls implements TaskCalls {
    private static final String PACKAGE = "tandem.v1";
    private static final String SERVICE = "TaskService";

    private static final ServiceMethod<Task, CreateTaskRequest> CREATE =
            Wire.method(PACKAGE, SERVICE, "CreateTask", Task.parser());
    private static final ServiceMethod<Task, GetTaskRequest> GET =
            Wire.method(PACKAGE, SERVICE, "GetTask", Task.parser());
    private static final ServiceMethod<ClaimTasksResponse, ClaimTasksRequest> CLAIM =
            Wire.method(PACKAGE, SERVICE, "ClaimTasks", ClaimTasksResponse.parser());
    private static final ServiceMethod<Task, CompleteTaskRequest> COMPLETE =
            Wire.method(PACKAGE, SERVICE, "CompleteTask", Task.parser());
    private static final ServiceMethod<Empty, DeleteTaskRequest> DELETE =
            Wire.method(PACKAGE, SERVICE, "DeleteTask", Empty.parser());

    private final Wire wire;
    private final Supplier<String> namespace;

    ApiCalls(Wire wire, Supplier<String> namespace) {
        this.wire = wire;
        this.namespace = namespace;
    }

    @Override
    public Future<?> create(String taskId, String queue, Bytes payload) {
        Task.Builder task = Task.newBuilder().setQueue(queue);
        if (!payload.isEmpty()) {
            task.setPayload(UnsafeByteOperations.unsafeWrap(payload.array()));
        }
        return wire.call(
                CREATE,
                CreateTaskRequest.newBuilder()
                        .setNamespace(namespace.get())
                        .setTaskId(taskId)
                        .setTask(task)
                        .build());
    }

    @Override
    public Future<Boolean> get(String taskId) {
        return wire.call(
                        GET,
                        GetTaskRequest.newBuilder()
                                .setNamespace(namespace.get())
                                .setTaskId(taskId)
                                .build())
                .transform(answer -> {
                    if (answer.succeeded()) {
                        return Future.succeededFuture(true);
                    }
                    return answer.cause() instanceof Wire.StatusException failure
                                    && failure.status() == GrpcStatus.NOT_FOUND
                            ? Future.succeededFuture(false)
                            : Future.failedFuture(answer.cause());
                });
    }

    @Override
    public Future<Held> claim(String queue) {
        return wire.call(
                        CLAIM,
                        ClaimTasksRequest.newBuilder()
                                .setNamespace(namespace.get())
                                .addQueues(queue)
                                .setWorkerId(Workload.WORKER)
                                .setMaxTasks(1)
                                .build())
                .map(claimed -> {
                    if (claimed.getTasksCount() == 0) {
                        throw new BenchException("there was nothing to claim in queue " + queue);
                    }
                    Task task = claimed.getTasks(0);
                    return new Held(task.getTaskId(), task.getLease().getToken());
                });
    }

    @Override
    public Future<?> complete(Held held) {
        return wire.call(
                COMPLETE,
                CompleteTaskRequest.newBuilder()
                        .setNamespace(namespace.get())
                        .setTaskId(held.taskId())
                        .setToken(held.token())
                        .build());
    }

    @Override
    public Future<?> delete(String taskId) {
        return wire.call(
                DELETE,
                DeleteTaskRequest.newBuilder()
                        .setNamespace(namespace.get())
                        .setTaskId(taskId)
                        .build());
    }
}
