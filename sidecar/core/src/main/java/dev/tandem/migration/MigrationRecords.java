package dev.tandem.migration;

import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of moves: tasks of a namespace that no caller can name, in both stores of the move, so that it can be ended when one of them is gone. Of two
 * copies, the one with the higher revision holds.
 */
final class MigrationRecords {
    /** No caller's namespace begins like this. */
    static final String RESERVED = "~";

    static final String NAMESPACE = RESERVED + "migrations";

    private static final String LABEL = "namespace";
    private static final long KEEP_MILLIS = 365L * 24 * 3600_000L;
    private static final int TRIES_MAX = 20;

    /** How many different complaints about records are told by this process. */
    private static final int TOLD_MAX = 100;

    private static final Logger log = LoggerFactory.getLogger(MigrationRecords.class);

    private final Stores stores;
    private final InstantSource clock;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    MigrationRecords(Stores stores, InstantSource clock) {
        this.stores = stores;
        this.clock = clock;
    }

    /**
     * A move as it is kept.
     *
     * @param versions of its copies, by store; 0 where there is none yet; those of stores that do not answer are not there
     * @param isEven whether the copies that were seen say the same
     */
    record Kept(Migration migration, Map<String, Long> versions, boolean isOver, boolean isEven) {
        /** One that has no copies yet. */
        static Kept draft(Migration migration) {
            return new Kept(migration, Map.of(migration.source(), 0L, migration.target(), 0L), false, true);
        }

        Kept ended() {
            return new Kept(migration, versions, true, isEven);
        }

        private Kept and(Kept other) {
            Map<String, Long> all = new HashMap<>(versions);
            all.putAll(other.versions);
            Migration newest = other.migration.revision() > migration.revision() ? other.migration : migration;
            boolean isSame = migration.equals(other.migration)
                    && isOver == other.isOver
                    && all.values().stream().allMatch(version -> version > 0);
            return new Kept(newest, all, isOver || other.isOver, isSame && isEven && other.isEven);
        }
    }

    /** Keeps a new move in both of its stores, or in none. */
    Future<Kept> create(Migration migration, CallOptions options) {
        return createAnywhere(migration, options)
                .compose(kept -> kept.versions().size() == 2
                        ? Future.succeededFuture(kept)
                        : end(kept, options)
                                .transform(ended -> Future.failedFuture(new StepRefused(
                                        "a move can't be begun while one of its stores does not answer"))));
    }

    /** Keeps a new move in one of its stores at least. */
    Future<Kept> createAnywhere(Migration migration, CallOptions options) {
        return write(Kept.draft(migration), options);
    }

    /** Changes the record as it is now, however often somebody else was faster. */
    Future<Kept> change(Kept kept, UnaryOperator<Migration> change, CallOptions options) {
        return change(kept, change, TRIES_MAX, options);
    }

    private Future<Kept> change(Kept kept, UnaryOperator<Migration> change, int tries, CallOptions options) {
        if (kept.isOver()) {
            return Future.failedFuture(
                    new StepRefused("the move " + kept.migration().id() + " is over"));
        }
        Migration changed = change.apply(kept.migration()).revised();
        return write(new Kept(changed, kept.versions(), false, true), options)
                .recover(failure -> tries == 0
                        ? Future.failedFuture(failure)
                        : read(kept.migration(), options)
                                .compose(now -> now.migration().equals(changed)
                                        // It was kept, and only the answer was lost.
                                        ? Future.succeededFuture(now)
                                        : change(now, change, tries - 1, options)));
    }

    /** The record as it is now, in the stores that answer. Fails if none does. */
    Future<Kept> read(Migration migration, CallOptions options) {
        List<Future<Kept>> copies = new ArrayList<>();
        for (String name : List.of(migration.source(), migration.target())) {
            copies.add(answer(name, store -> store.query(new TaskQuery.Get(NAMESPACE, migration.id()), options))
                    .map(found -> found.map(task -> kept(name, task))
                            .orElseGet(() -> new Kept(migration, Map.of(name, 0L), false, false))));
        }
        return together(copies);
    }

    private static Future<Kept> together(List<Future<Kept>> copies) {
        return Future.join(copies)
                .transform(done -> copies.stream()
                        .filter(Future::succeeded)
                        .map(Future::result)
                        .reduce(Kept::and)
                        .map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(done.cause())));
    }

    /** Writes both copies, the source's first, where two who change it meet. One is enough, if the other store does not answer. */
    private Future<Kept> write(Kept next, CallOptions options) {
        return write(next.migration().source(), next, options)
                .transform((first, failure) -> failure instanceof StepRefused
                        ? Future.failedFuture(failure)
                        : write(next.migration().target(), next, options).transform((second, why) -> {
                            if (first == null && second == null) {
                                return Future.failedFuture(why);
                            } else if (first == null || second == null) {
                                return why instanceof StepRefused && first == null
                                        ? Future.failedFuture(why)
                                        : Future.succeededFuture(first == null ? second : first);
                            }
                            return Future.succeededFuture(first.and(second));
                        }));
    }

    private Future<Kept> write(String name, Kept next, CallOptions options) {
        Migration migration = next.migration();
        Long version = next.versions().get(name);
        if (version == null) {
            return Future.failedFuture(new StoreException(FailureKind.NOT_APPLIED, name + " has not answered"));
        }
        Verb verb = version == 0
                ? new Verb.Create(migration.id(), spec(migration), 0, 0, Map.of())
                : new Verb.Update(migration.id(), version, null, null, null, bytes(migration), null, null, null, null);
        return answer(name, store -> store.execute(TaskCommand.of(NAMESPACE, clock.millis(), verb), options))
                .compose(outcome -> {
                    Task task = outcome instanceof Outcome.Applied applied
                            ? applied.task()
                            : outcome instanceof Outcome.Unchanged unchanged ? unchanged.task() : null;
                    return task != null
                            ? Future.succeededFuture(kept(name, task))
                            : Future.failedFuture(new StepRefused("the record of the move " + migration.id()
                                    + " was changed by somebody else: look at it again"));
                });
    }

    private static TaskSpec spec(Migration migration) {
        return TaskSpec.of("", bytes(migration))
                .withLabels(Map.of(LABEL, migration.namespace()))
                .withRetentionMillis(KEEP_MILLIS);
    }

    /** Says that the move is over, in the stores that answer. Fails if none does. */
    Future<Kept> end(Kept kept, CallOptions options) {
        List<Future<Kept>> ended = new ArrayList<>();
        // Whatever came of it: the last event says that.
        Verb end = new Verb.Cancel(kept.migration().id(), 0, "");
        for (String name : List.of(kept.migration().source(), kept.migration().target())) {
            ended.add(answer(name, store -> store.execute(TaskCommand.of(NAMESPACE, clock.millis(), end), options))
                    .compose(outcome -> outcome.succeeded() || isMissing(outcome)
                            ? Future.succeededFuture(kept.ended())
                            : Future.failedFuture(new StoreException(
                                    FailureKind.NOT_APPLIED,
                                    "the record in " + name + " can't be ended: " + outcome))));
        }
        return together(ended);
    }

    private static boolean isMissing(Outcome outcome) {
        return outcome instanceof Outcome.Rejected rejected && rejected.reason() == Outcome.Reason.NOT_FOUND;
    }

    /**
     * All moves in the stores that answer, newest first. Fails if none does, and as CORRUPT if one can't be read in any of them.
     *
     * @param namespace null for all namespaces; then what can't be read is left out
     */
    Future<List<Kept>> all(@Nullable String namespace, boolean isOver, CallOptions options) {
        Set<TaskState> states = isOver ? Set.of() : Set.of(TaskState.ENQUEUED, TaskState.PROCESSING);
        Map<String, String> labels = namespace == null ? Map.of() : Map.of(LABEL, namespace);
        TaskFilter filter = new TaskFilter(states, Set.of(), Set.of(), "", labels, 0, Long.MAX_VALUE);
        TaskQuery<TaskPage> list = new TaskQuery.ListTasks(NAMESPACE, filter, true, null, Limits.PAGE_SIZE_MAX);
        Map<String, Kept> found = new ConcurrentHashMap<>();
        Map<String, StoreException> unreadable = new ConcurrentHashMap<>();
        List<Future<TaskPage>> asked = new ArrayList<>();
        for (String name : stores.names()) {
            asked.add(answer(name, store -> store.query(list, options)).onSuccess(page -> {
                for (Task task : page.tasks()) {
                    try {
                        found.merge(task.id(), kept(name, task), Kept::and);
                    } catch (StoreException e) {
                        unreadable.put(task.id(), e);
                    }
                }
            }));
        }
        return Future.join(asked).transform(done -> {
            unreadable.keySet().removeAll(found.keySet());
            if (asked.stream().noneMatch(Future::succeeded)) {
                return Future.failedFuture(done.cause());
            } else if (namespace != null && !unreadable.isEmpty()) {
                return Future.failedFuture(unreadable.values().iterator().next());
            }
            unreadable.values().forEach(this::tell);
            return Future.succeededFuture(found.values().stream()
                    .sorted(Comparator.comparingLong(
                                    (Kept kept) -> kept.migration().startedAtMillis())
                            .reversed()
                            .thenComparing(kept -> kept.migration().id()))
                    .toList());
        });
    }

    /** Once each. */
    private void tell(StoreException unreadable) {
        if (told.size() < TOLD_MAX && told.add(String.valueOf(unreadable.getMessage()))) {
            log.warn("{}", unreadable.getMessage());
        }
    }

    /** The namespace's move that is not over. */
    Future<Optional<Kept>> open(String namespace, CallOptions options) {
        return all(namespace, false, options)
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture(Optional.<Kept>empty())
                        // A copy that says it is over may be in the other store alone.
                        : read(found.get(0).migration(), options)
                                .map(kept -> kept.isOver() ? Optional.empty() : Optional.of(kept)));
    }

    private interface Call<R> {
        Future<R> on(TaskStore store);
    }

    private <R> Future<R> answer(String name, Call<R> call) {
        try {
            return call.on(stores.get(name));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    private static Bytes bytes(Migration migration) {
        return Bytes.of(migration.toJson().toBuffer().getBytes());
    }

    private static Kept kept(String store, Task task) {
        try {
            JsonObject json = new JsonObject(Buffer.buffer(task.spec().payload().array()));
            return new Kept(
                    Migration.of(json),
                    Map.of(store, task.version()),
                    task.state().isFinal(),
                    true);
        } catch (IllegalArgumentException e) {
            throw unreadable(store, task, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            throw unreadable(store, task, "it is damaged", e);
        }
    }

    private static StoreException unreadable(String store, Task task, String why, RuntimeException e) {
        return new StoreException(
                FailureKind.CORRUPT,
                "the record of the move " + task.id() + " in " + store + " can't be read: " + why,
                e);
    }
}
