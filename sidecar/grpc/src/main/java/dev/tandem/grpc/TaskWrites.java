package dev.tandem.grpc;

import com.google.protobuf.Empty;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome.Deleted;
import dev.tandem.task.Outcome.Swept;
import dev.tandem.task.Progress;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.PruneTasksRequest;
import dev.tandem.v1.PruneTasksResponse;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.RetryTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TransitionTaskRequest;
import dev.tandem.v1.UpdateTaskPartRequest;
import dev.tandem.v1.UpdateTaskRequest;
import io.vertx.core.Future;
import java.util.EnumSet;
import java.util.Set;

/** The methods of TaskService that change tasks, but for claims. Each reads its request, checks it, and runs one command. */
final class TaskWrites {
    private static final Set<TaskState> FINAL_STATES =
            Set.copyOf(EnumSet.of(TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELED));
    private static final TaskError NO_ERROR = new TaskError("", "");

    private final Commands commands;
    private final ApiLimits limits;
    private final SpecReader specs;
    private final TaskIds ids = new TaskIds();

    TaskWrites(Commands commands, ApiLimits limits) {
        this.commands = commands;
        this.limits = limits;
        this.specs = new SpecReader(limits);
    }

    Future<Task> create(CreateTaskRequest request, Call call) {
        return create(request, request.getNamespace(), call);
    }

    Future<Task> create(CreateTaskRequest request, String namespaceGiven, Call call) {
        Checks checks = new Checks();
        long now = commands.nowMillis();
        String namespace = checks.namespace(namespaceGiven, limits.defaultNamespace());
        String idGiven = checks.nameOrEmpty("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Task task = request.getTask();
        long delay = request.hasDelay() ? checks.millis("delay", request.getDelay(), 0, Limits.HORIZON_MILLIS_MAX) : 0;
        if (request.hasDelay() && task.hasDueTime()) {
            checks.violate("delay", "must not be given together with task.due_time");
        }
        Verb.Create asked = new Verb.Create(
                idGiven,
                specs.spec(checks, "task", task),
                specs.due(checks, "task.due_time", task, now),
                delay,
                specs.parts(checks, "task", task));
        checks.done();
        Verb.Create verb = idGiven.isEmpty() ? asked.withTaskId(newTaskId(namespace, requestId, now)) : asked;
        return commands.onTask(commands.command(namespace, now, requestId, verb, asked), verb.taskId(), call);
    }

    private String newTaskId(String namespace, String requestId, long now) {
        return requestId.isEmpty() ? ids.next(now) : commands.newTaskId(namespace, requestId, () -> ids.next(now));
    }

    Future<Task> update(UpdateTaskRequest request, Call call) {
        Checks checks = new Checks();
        long now = commands.nowMillis();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = specs.update(
                checks,
                taskId,
                checks.etag(request.getEtag()),
                request.getTask(),
                request.getUpdateMask().getPathsList(),
                now);
        checks.done();
        return commands.onTask(commands.command(namespace, now, requestId, verb), taskId, call);
    }

    Future<Task> updatePart(UpdateTaskPartRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.UpdatePart(
                taskId,
                checks.etag(request.getEtag()),
                checks.name("node", request.getNode()),
                request.hasLocalId() ? checks.text("local_id", request.getLocalId(), Limits.TEXT_BYTES_MAX) : null,
                checks.state("state", request.getState()),
                specs.errorOrNull(checks, "error", request.hasError(), request.getError()));
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> transition(TransitionTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        TaskState to = checks.state("state", request.getState());
        if (to != TaskState.SUCCEEDED && !request.getResult().isEmpty()) {
            checks.violate("result", "must be empty but for SUCCEEDED");
        }
        if (to != TaskState.FAILED && to != TaskState.CANCELED && request.hasError()) {
            checks.violate("error", "must be unset but for FAILED and CANCELED");
        }
        Verb verb = new Verb.Transition(
                taskId,
                checks.etag(request.getEtag()),
                checks.token("token", request.getToken()),
                to,
                checks.payload("result", request.getResult(), limits.payloadBytesMax()),
                specs.errorOrNull(checks, "error", request.hasError(), request.getError()));
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> renew(RenewLeaseRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Progress progress = null;
        if (request.hasProgress()) {
            progress = new Progress(
                    checks.range("progress.percent", request.getProgress().getPercent(), 0, 100),
                    checks.text("progress.note", request.getProgress().getNote(), Limits.TEXT_BYTES_MAX));
        }
        Verb verb = new Verb.Renew(
                taskId,
                checks.tokenNeeded("token", request.getToken()),
                request.hasLeaseDuration() ? lease(checks, request.getLeaseDuration()) : 0,
                progress);
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> complete(CompleteTaskRequest request, Call call) {
        return complete(request, request.getNamespace(), call);
    }

    Future<Task> complete(CompleteTaskRequest request, String namespaceGiven, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(namespaceGiven, limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Bytes result = checks.payload("result", request.getResult(), limits.payloadBytesMax());
        Verb verb = new Verb.Complete(taskId, checks.token("token", request.getToken()), result);
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> fail(FailTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        TaskError error = request.hasError() ? specs.error(checks, "error", request.getError()) : NO_ERROR;
        Verb verb = new Verb.Fail(taskId, checks.token("token", request.getToken()), error, request.getFinal());
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> release(ReleaseTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        long delay = request.hasDelay() ? checks.millis("delay", request.getDelay(), 0, Limits.HORIZON_MILLIS_MAX) : 0;
        Verb verb = new Verb.Release(taskId, checks.token("token", request.getToken()), delay);
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> cancel(CancelTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.Cancel(
                taskId,
                checks.etag(request.getEtag()),
                checks.text("reason", request.getReason(), Limits.ERROR_MESSAGE_BYTES_MAX));
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Task> retry(RetryTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.Retry(taskId, checks.etag(request.getEtag()));
        return run(checks, namespace, taskId, requestId, verb, call);
    }

    Future<Empty> delete(DeleteTaskRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String taskId = checks.name("task_id", request.getTaskId());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Verb verb = new Verb.Delete(taskId, checks.etag(request.getEtag()));
        checks.done();
        TaskCommand command = commands.command(namespace, commands.nowMillis(), requestId, verb);
        return commands.execute(command, call).map(outcome -> {
            if (outcome instanceof Deleted) {
                return Empty.getDefaultInstance();
            }
            throw Commands.refused(
                    outcome, Commands.TASK_TYPE, Commands.taskName(namespace, taskId), command.atMillis());
        });
    }

    Future<PruneTasksResponse> prune(PruneTasksRequest request, Call call) {
        Checks checks = new Checks();
        long now = commands.nowMillis();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Set<TaskState> states = checks.states("states", request.getStatesList());
        if (!FINAL_STATES.containsAll(states)) {
            checks.violate("states", "must be SUCCEEDED, FAILED or CANCELED");
        }
        int limit = request.getMaxTasks() == 0
                ? Limits.SWEEP_MAX
                : checks.range("max_tasks", request.getMaxTasks(), 1, Limits.SWEEP_MAX);
        long before = request.hasFinishedBefore()
                ? checks.time("finished_before", request.getFinishedBefore())
                : Long.MAX_VALUE;
        checks.done();
        Verb.Prune asked = new Verb.Prune(states.isEmpty() ? FINAL_STATES : states, before, limit);
        Verb.Prune verb = new Verb.Prune(asked.states(), Math.min(before, now), limit);
        TaskCommand command = commands.command(namespace, now, requestId, verb, asked);
        return commands.execute(command, call).map(outcome -> {
            if (outcome instanceof Swept swept) {
                return PruneTasksResponse.newBuilder()
                        .setDeleted(swept.deleted())
                        .setMore(swept.more())
                        .build();
            }
            throw Commands.refused(outcome, Commands.TASK_TYPE, "namespaces/" + namespace, now);
        });
    }

    static long lease(Checks checks, com.google.protobuf.Duration value) {
        return checks.millis("lease_duration", value, Limits.LEASE_MILLIS_MIN, Limits.LEASE_MILLIS_MAX);
    }

    private Future<Task> run(Checks checks, String namespace, String taskId, String requestId, Verb verb, Call call) {
        checks.done();
        return commands.onTask(commands.command(namespace, commands.nowMillis(), requestId, verb), taskId, call);
    }
}
