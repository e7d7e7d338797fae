package dev.tandem.client;

import com.google.protobuf.ByteString;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskLease;
import dev.tandem.v1.TaskServiceGrpcService;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Just enough of a sidecar for a worker: it hands out tasks, remembers claims by their request id, and records reports. */
final class FakeQueue {
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    final ScriptedServer server;
    final List<ClaimTasksRequest> claims;
    final List<RenewLeaseRequest> renewals;
    final List<CompleteTaskRequest> completions;
    final List<FailTaskRequest> failures;
    final List<ReleaseTaskRequest> releases;
    /** Renewals of these are refused. */
    final Set<String> lost = ConcurrentHashMap.newKeySet();
    /** While true, a claim is applied, and its answer lost. */
    volatile boolean losingClaims;

    private final Deque<Task> due = new ArrayDeque<>();
    private final Deque<ScriptedServer.Call<ClaimTasksRequest, ClaimTasksResponse>> waiting = new ArrayDeque<>();
    private final Map<String, ClaimTasksResponse> answered = new HashMap<>();
    private long token;

    FakeQueue(Vertx vertx) {
        server = new ScriptedServer(vertx);
        claims = server.on(TaskServiceGrpcService.ClaimTasks, this::claim);
        renewals = server.on(TaskServiceGrpcService.RenewLease, call -> {
            if (lost.contains(call.request().getTaskId())) {
                call.refuse(GrpcStatus.FAILED_PRECONDITION, Reasons.LEASE_LOST, 0);
            } else {
                call.answer(Task.getDefaultInstance());
            }
        });
        completions = server.on(TaskServiceGrpcService.CompleteTask, call -> {
            if (call.request().getResult().size() > 100) {
                call.refuse(GrpcStatus.INVALID_ARGUMENT, Reasons.PAYLOAD_TOO_LARGE, 0);
            } else {
                call.answer(Task.getDefaultInstance());
            }
        });
        failures = server.on(TaskServiceGrpcService.FailTask, call -> call.answer(Task.getDefaultInstance()));
        releases = server.on(TaskServiceGrpcService.ReleaseTask, call -> call.answer(Task.getDefaultInstance()));
    }

    synchronized void put(String taskId) {
        due.add(Task.newBuilder()
                .setNamespace("default")
                .setTaskId(taskId)
                .setPayload(ByteString.copyFromUtf8(taskId))
                .build());
        ScriptedServer.Call<ClaimTasksRequest, ClaimTasksResponse> call = waiting.poll();
        if (call != null) {
            claim(call);
        }
    }

    private synchronized void claim(ScriptedServer.Call<ClaimTasksRequest, ClaimTasksResponse> call) {
        ClaimTasksRequest request = call.request();
        ClaimTasksResponse before = answered.get(request.getRequestId());
        if (before != null) {
            call.answer(before);
            return;
        }
        if (due.isEmpty() && request.hasWait()) {
            waiting.add(call);
            call.stream().errorHandler(error -> forget(call));
            return;
        }
        ClaimTasksResponse.Builder response = ClaimTasksResponse.newBuilder();
        while (!due.isEmpty() && response.getTasksCount() < request.getMaxTasks()) {
            response.addTasks(due.poll().toBuilder()
                    .setLease(TaskLease.newBuilder().setToken(++token).setWorkerId(request.getWorkerId())));
        }
        answered.put(request.getRequestId(), response.build());
        if (!losingClaims) {
            call.answer(response.build());
        }
    }

    private synchronized void forget(ScriptedServer.Call<ClaimTasksRequest, ClaimTasksResponse> call) {
        waiting.remove(call);
    }

    /** Waits for something to become true, looking again and again, for 10 s at most. */
    static void until(BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNanos) {
                throw new AssertionError("not so within 10 s");
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    /** Dies, and comes back at the same address with its tasks. */
    void restart(Path unixSocket) throws Exception {
        server.stop();
        synchronized (this) {
            waiting.clear();
        }
        server.listen(unixSocket);
    }

    static List<String> idsOf(List<ReleaseTaskRequest> requests) {
        return requests.stream().map(ReleaseTaskRequest::getTaskId).toList();
    }
}
