package dev.tandem.bench;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Calls made directly on a store in this process: what a sidecar in between is compared with. */
final class StoreCalls implements TaskCalls {
    private final TaskStore store;
    private final Supplier<String> namespace;
    private final InstantSource clock;

    StoreCalls(TaskStore store, Supplier<String> namespace, InstantSource clock) {
        this.store = store;
        this.namespace = namespace;
        this.clock = clock;
    }

    @Override
    public Future<?> create(String taskId, String queue, Bytes payload) {
        return execute(new Verb.Create(taskId, TaskSpec.of(queue, payload), 0, 0, Map.of()));
    }

    @Override
    public Future<Boolean> get(String taskId) {
        return store.query(new TaskQuery.Get(namespace.get(), taskId), CallOptions.DEFAULT)
                .map(Optional::isPresent);
    }

    @Override
    public Future<Held> claim(String queue) {
        return execute(new Verb.Claim(List.of(queue), Workload.WORKER, Limits.LEASE_MILLIS_DEFAULT, 1))
                .map(outcome -> {
                    if (outcome instanceof Outcome.Claimed claimed
                            && !claimed.tasks().isEmpty()) {
                        return new Held(
                                claimed.tasks().get(0).id(),
                                claimed.tasks().get(0).version());
                    }
                    throw new BenchException("there was nothing to claim in queue " + queue);
                });
    }

    @Override
    public Future<?> complete(Held held) {
        return execute(new Verb.Complete(held.taskId(), held.token(), Bytes.EMPTY));
    }

    @Override
    public Future<?> delete(String taskId) {
        return execute(new Verb.Delete(taskId, 0));
    }

    private Future<Outcome> execute(Verb verb) {
        return store.execute(TaskCommand.of(namespace.get(), clock.millis(), verb), CallOptions.DEFAULT)
                .map(outcome -> {
                    if (outcome instanceof Outcome.Rejected rejected) {
                        throw new BenchException(rejected.reason() + ": " + rejected.message());
                    }
                    return outcome;
                });
    }
}
