package dev.tandem.grpc;

import com.google.rpc.Status;
import dev.tandem.store.TaskStore;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Outcome.Granted;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Outcome.Unchanged;
import dev.tandem.task.RequestKey;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.v1.Lease;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Sends verbs to the store as commands, and reads what they came to. */
final class Commands {
    static final String TASK_TYPE = "tandem.v1.Task";
    static final String LEASE_TYPE = "tandem.v1.Lease";

    private final TaskStore store;
    private final InstantSource clock;
    private final long requestKeepMillis;

    Commands(TaskStore store, InstantSource clock, ApiLimits limits) {
        this.store = store;
        this.clock = clock;
        this.requestKeepMillis = limits.requestKeep().toMillis();
    }

    long nowMillis() {
        return clock.millis();
    }

    TaskCommand command(String namespace, long atMillis, String requestId, Verb verb) {
        return command(namespace, atMillis, requestId, verb, verb);
    }

    /**
     * @param asked what the caller asked for, by which a repeated request is recognised: {@code verb} without what the
     *     sidecar itself filled in
     */
    TaskCommand command(String namespace, long atMillis, String requestId, Verb verb, Verb asked) {
        RequestKey key =
                requestId.isEmpty() ? null : new RequestKey(requestId, CommandCodec.bodyHash(asked), requestKeepMillis);
        return new TaskCommand(namespace, atMillis, key, verb);
    }

    /** See {@link TaskStore#newTaskId}. */
    String newTaskId(String namespace, String requestId, Supplier<String> ids) {
        return store.newTaskId(namespace, requestId, ids);
    }

    Future<Outcome> execute(TaskCommand command, Call call) {
        return store.execute(command, call.options());
    }

    /** Runs a command on one task, and answers with its record. */
    Future<Task> onTask(TaskCommand command, String taskId, Call call) {
        return execute(command, call).map(outcome -> task(outcome, command, taskId));
    }

    /** Runs a command on one leader's lease, and answers with its record. */
    Future<Lease> onLease(TaskCommand command, String scope, Call call) {
        return execute(command, call).map(outcome -> {
            if (outcome instanceof Granted granted) {
                return ProtoTasks.of(granted.lease());
            }
            throw refused(outcome, LEASE_TYPE, leaseName(command.namespace(), scope), command.atMillis());
        });
    }

    private static Task task(Outcome outcome, TaskCommand command, String taskId) {
        if (outcome instanceof Applied applied) {
            return ProtoTasks.of(applied.task());
        } else if (outcome instanceof Unchanged unchanged) {
            return ProtoTasks.of(unchanged.task());
        }
        throw refused(outcome, TASK_TYPE, taskName(command.namespace(), taskId), command.atMillis());
    }

    /** Why an outcome is none of those that a verb succeeds with. */
    static RuntimeException refused(Outcome outcome, String type, String name, long atMillis) {
        return outcome instanceof Rejected rejected
                ? new ApiException(StatusMap.of(rejected, type, name, atMillis))
                : new IllegalStateException("a store answered with an outcome of another verb: "
                        + outcome.getClass().getSimpleName());
    }

    static Status noTask(String namespace, String taskId) {
        return StatusMap.notFound(TASK_TYPE, taskName(namespace, taskId), "there is no such task");
    }

    static String taskName(String namespace, String taskId) {
        return "namespaces/" + namespace + "/tasks/" + taskId;
    }

    static String leaseName(String namespace, String scope) {
        return "namespaces/" + namespace + "/leases/" + scope;
    }

    /** A failure as a message, where one item's does not fail the others. */
    static Status statusOf(Throwable failure, boolean isWrite) {
        return StatusMap.of(failure, isWrite);
    }
}
