package dev.tandem.grpc;

import dev.tandem.routing.ClaimWaiters;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** ClaimTasks: at once, or as soon as there is something to claim. */
final class TaskClaims {
    private final Commands commands;
    private final ClaimWaiters waiters;
    private final ApiLimits limits;

    TaskClaims(Commands commands, ClaimWaiters waiters, ApiLimits limits) {
        this.commands = commands;
        this.waiters = waiters;
        this.limits = limits;
    }

    Future<ClaimTasksResponse> claim(ClaimTasksRequest request, Call call) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        String requestId = checks.nameOrEmpty("request_id", request.getRequestId());
        Set<String> queues = checks.names("queues", request.getQueuesList(), Limits.QUEUES_MAX);
        if (request.getQueuesCount() == 0) {
            checks.violate("queues", "must be 1 to " + Limits.QUEUES_MAX + ", and are none");
        }
        long lease = request.hasLeaseDuration()
                ? TaskWrites.lease(checks, request.getLeaseDuration())
                : Limits.LEASE_MILLIS_DEFAULT;
        int limit =
                request.getMaxTasks() == 0 ? 1 : checks.range("max_tasks", request.getMaxTasks(), 1, Limits.BATCH_MAX);
        String worker = checks.name("worker_id", request.getWorkerId());
        long wait = request.hasWait() ? checks.millis("wait", request.getWait(), 0, TaskReads.WAIT_MILLIS_MAX) : 0;
        checks.done();
        Verb verb = new Verb.Claim(List.copyOf(queues), worker, lease, limit);
        TaskCommand command = commands.command(namespace, commands.nowMillis(), requestId, verb);
        // Without a wait, too: what is claimed for a caller that has gone is given back.
        Future<Outcome> outcome = waiters.claim(command, Duration.ofMillis(wait), call.options(), call.cancellation());
        return outcome.map(claimed -> response(claimed, namespace, command.atMillis()));
    }

    private static ClaimTasksResponse response(Outcome outcome, String namespace, long atMillis) {
        if (outcome instanceof Claimed claimed) {
            ClaimTasksResponse.Builder out = ClaimTasksResponse.newBuilder();
            claimed.tasks().forEach(task -> out.addTasks(ProtoTasks.of(task)));
            return out.build();
        }
        throw Commands.refused(outcome, Commands.TASK_TYPE, "namespaces/" + namespace, atMillis);
    }
}
