package dev.tandem.robustness;

import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import dev.tandem.task.Bytes;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.Operation.Answer;
import dev.tandem.testkit.Operation.Came;
import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.LeaseServiceClient;
import dev.tandem.v1.LeaseServiceRenewLeaseRequest;
import dev.tandem.v1.ReleaseLeaseRequest;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.RetryTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceClient;
import dev.tandem.v1.TransitionTaskRequest;
import dev.tandem.v1.UpdateTaskRequest;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * One request: as the rules know it, and how it goes over the API.
 *
 * @param send may be called again, and sends the same request under the same request id
 */
record Request(Area area, Operation.Call call, Send send) {
    /** How a request goes over the API, and its answer comes back. */
    interface Send {
        Future<Answer> to(TaskServiceClient tasks, LeaseServiceClient leases);
    }

    private static final RetryPolicy RETRY = new RetryPolicy(3, 10, 10, 1000);

    static Request create(Area area, String id, String requestId, String payload, long delayMillis, long keepMillis) {
        TaskSpec spec = new TaskSpec(
                Area.QUEUE,
                "",
                0,
                Bytes.of(payload.getBytes(StandardCharsets.UTF_8)),
                Map.of("made", requestId),
                RETRY,
                keepMillis);
        Task task = Task.newBuilder()
                .setQueue(Area.QUEUE)
                .setPayload(ByteString.copyFromUtf8(payload))
                .putLabels("made", requestId)
                .setRetryPolicy(dev.tandem.v1.RetryPolicy.newBuilder()
                        .setMaxAttempts(RETRY.maxAttempts())
                        .setInitialBackoff(Records.duration(RETRY.initialBackoffMillis()))
                        .setMaxBackoff(Records.duration(RETRY.maxBackoffMillis()))
                        .setMultiplier(RETRY.multiplierPermille() / 1000.0))
                .setRetention(Records.duration(keepMillis))
                .build();
        CreateTaskRequest message = CreateTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setTask(task)
                .setDelay(Records.duration(delayMillis))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Create(id, spec, 0, delayMillis, Map.of());
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.createTask(message));
    }

    static Request update(Area area, String id, String requestId, long expected, int priority) {
        UpdateTaskRequest message = UpdateTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setTask(Task.newBuilder().setPriority(priority).putLabels("by", requestId))
                .setUpdateMask(FieldMask.newBuilder().addPaths("priority").addPaths("labels"))
                .setEtag(etag(expected))
                .setRequestId(requestId)
                .build();
        Verb verb =
                new Verb.Update(id, expected, null, null, priority, null, Map.of("by", requestId), null, null, null);
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.updateTask(message));
    }

    static Request transition(Area area, String id, String requestId, long expected, TaskState to) {
        TransitionTaskRequest message = TransitionTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setState(Task.State.valueOf(to.name()))
                .setEtag(etag(expected))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Transition(id, expected, 0, to, Bytes.EMPTY, null);
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.transitionTask(message));
    }

    static Request renew(Area area, String id, String requestId, long token, int percent) {
        RenewLeaseRequest message = RenewLeaseRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setToken(token)
                .setProgress(dev.tandem.v1.Progress.newBuilder().setPercent(percent))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Renew(id, token, 0, new dev.tandem.task.Progress(percent, ""));
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.renewLease(message));
    }

    static Request complete(Area area, String id, String requestId, long token) {
        CompleteTaskRequest message = CompleteTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setToken(token)
                .setResult(ByteString.copyFromUtf8(requestId))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Complete(id, token, Bytes.of(requestId.getBytes(StandardCharsets.UTF_8)));
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.completeTask(message));
    }

    static Request fail(Area area, String id, String requestId, long token, boolean isFinal) {
        FailTaskRequest message = FailTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setToken(token)
                .setError(dev.tandem.v1.TaskError.newBuilder().setCode("TEST").setMessage(requestId))
                .setFinal(isFinal)
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Fail(id, token, new TaskError("TEST", requestId), isFinal);
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.failTask(message));
    }

    static Request release(Area area, String id, String requestId, long token) {
        ReleaseTaskRequest message = ReleaseTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setToken(token)
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Release(id, token, 0);
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.releaseTask(message));
    }

    static Request cancel(Area area, String id, String requestId, long expected) {
        CancelTaskRequest message = CancelTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setReason(requestId)
                .setEtag(etag(expected))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Cancel(id, expected, requestId);
        return onTask(area, requestId, verb, (tasks, leases) -> tasks.cancelTask(message));
    }

    static Request retry(Area area, String id, String requestId) {
        RetryTaskRequest message = RetryTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setRequestId(requestId)
                .build();
        return onTask(area, requestId, new Verb.Retry(id, 0), (tasks, leases) -> tasks.retryTask(message));
    }

    static Request delete(Area area, String id, String requestId, long expected) {
        DeleteTaskRequest message = DeleteTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .setEtag(etag(expected))
                .setRequestId(requestId)
                .build();
        return new Request(
                area,
                command(area, requestId, new Verb.Delete(id, expected)),
                (tasks, leases) -> tasks.deleteTask(message).map(gone -> new Came(new Outcome.Deleted(id, 0))));
    }

    static Request claim(Area area, String worker, String requestId, int limit, long waitMillis) {
        ClaimTasksRequest message = ClaimTasksRequest.newBuilder()
                .setNamespace(area.namespace())
                .addQueues(Area.QUEUE)
                .setWorkerId(worker)
                .setLeaseDuration(Records.duration(area.leaseMillis()))
                .setMaxTasks(limit)
                .setWait(Records.duration(waitMillis))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.Claim(List.of(Area.QUEUE), worker, area.leaseMillis(), limit);
        return new Request(
                area,
                command(area, requestId, verb),
                (tasks, leases) -> tasks.claimTasks(message)
                        .map(claimed -> new Came(new Outcome.Claimed(
                                claimed.getTasksList().stream()
                                        .map(task -> Records.task(task, area.leaseMillis()))
                                        .toList(),
                                0))));
    }

    static Request get(Area area, String id) {
        GetTaskRequest message = GetTaskRequest.newBuilder()
                .setNamespace(area.namespace())
                .setTaskId(id)
                .build();
        return new Request(
                area,
                new Operation.ReadTask(area.namespace(), id),
                (tasks, leases) -> tasks.getTask(message)
                        .map(task -> new Operation.FoundTask(Records.task(task, area.leaseMillis()))));
    }

    static Request acquire(Area area, String scope, String holder, String requestId) {
        AcquireLeaseRequest message = AcquireLeaseRequest.newBuilder()
                .setNamespace(area.namespace())
                .setScope(scope)
                .setHolder(holder)
                .setLeaseDuration(Records.duration(area.leaseMillis()))
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.AcquireLease(scope, holder, area.leaseMillis());
        return new Request(
                area,
                command(area, requestId, verb),
                (tasks, leases) -> leases.acquireLease(message).map(lease -> granted(area, lease)));
    }

    static Request renewLeader(Area area, LeaderLease held, String requestId) {
        LeaseServiceRenewLeaseRequest message = LeaseServiceRenewLeaseRequest.newBuilder()
                .setNamespace(area.namespace())
                .setScope(held.scope())
                .setToken(held.token())
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.RenewLease(held.scope(), held.token(), 0);
        return new Request(
                area,
                command(area, requestId, verb),
                (tasks, leases) -> leases.renewLease(message).map(lease -> granted(area, lease)));
    }

    static Request releaseLeader(Area area, LeaderLease held, String requestId) {
        ReleaseLeaseRequest message = ReleaseLeaseRequest.newBuilder()
                .setNamespace(area.namespace())
                .setScope(held.scope())
                .setToken(held.token())
                .setRequestId(requestId)
                .build();
        Verb verb = new Verb.ReleaseLease(held.scope(), held.token());
        return new Request(
                area,
                command(area, requestId, verb),
                (tasks, leases) -> leases.releaseLease(message).map(lease -> granted(area, lease)));
    }

    boolean isRead() {
        return call instanceof Operation.ReadTask;
    }

    private interface Unary {
        Future<Task> to(TaskServiceClient tasks, LeaseServiceClient leases);
    }

    private static Request onTask(Area area, String requestId, Verb verb, Unary send) {
        return new Request(
                area,
                command(area, requestId, verb),
                (tasks, leases) -> send.to(tasks, leases)
                        .map(task -> new Came(new Outcome.Applied(Records.task(task, area.leaseMillis())))));
    }

    private static Answer granted(Area area, dev.tandem.v1.Lease lease) {
        return new Came(new Outcome.Granted(Records.lease(lease, area.leaseMillis())));
    }

    private static Operation.Call command(Area area, String requestId, Verb verb) {
        RequestKey key = new RequestKey(requestId, CommandCodec.bodyHash(verb), 3_600_000);
        return new Operation.Command(new TaskCommand(area.namespace(), 0, key, verb));
    }

    private static String etag(long expected) {
        return expected == 0 ? "" : Long.toString(expected);
    }
}
