package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place through which calls reach a store.
 *
 * <p>Each call goes where the policy of its namespace says: commands to the store that decides, and what came of them to its mirror; reads to
 * the one or the other. A call that a store fences, as its policy is not the newest, is routed again, within its
 * deadline. It keeps the store's contract as it is and adds no thread hop; it may be called from any context. With an observer, each answer of
 * a store that decides or is read is reported to it.
 */
public final class Router implements TaskStore {
    private static final Capabilities UNKNOWN = new Capabilities(Capabilities.Durability.MEMORY, true, 1);

    private final Stores stores;
    private final Policies policies;
    private final DualWriter dualWriter;
    private final CallObserver observer;
    private final @Nullable ReadObserver reads;

    private Router(
            Stores stores,
            Policies policies,
            DualWriter dualWriter,
            CallObserver observer,
            @Nullable ReadObserver reads) {
        this.stores = stores;
        this.policies = policies;
        this.dualWriter = dualWriter;
        this.observer = observer;
        this.reads = reads;
    }

    /** A router to these stores. */
    public static Router of(Vertx vertx, Stores stores) {
        return of(Host.of(vertx), stores);
    }

    static Router of(Host host, Stores stores) {
        Policies policies = new Policies(stores, host);
        return new Router(stores, policies, new DualWriter(stores, policies, host), CallObserver.NONE, null);
    }

    /** The same with another dual writer, for tests that break it. */
    static Router of(Stores stores, Policies policies, DualWriter dualWriter) {
        return new Router(stores, policies, dualWriter, CallObserver.NONE, null);
    }

    /** A router that sends every namespace to one store. */
    public static Router single(Vertx vertx, String storeName, TaskStore store) {
        return of(vertx, new Stores(Map.of(storeName, store), storeName));
    }

    /** A router on the same stores that tells {@code observer} of every call. */
    public Router observe(CallObserver observer) {
        return new Router(stores, policies, dualWriter, observer, reads);
    }

    /** A router on the same stores that tells {@code reads} of lookups. */
    public Router observe(ReadObserver reads) {
        return new Router(stores, policies, dualWriter, observer, reads);
    }

    /** What is known of the namespaces' policies; shared by all routers made of this one. */
    public Policies policies() {
        return policies;
    }

    public Stores stores() {
        return stores;
    }

    /** Where calls about this task or lease go, and why; after a look at the gates. */
    public Future<Explanation> explain(String namespace, String key) {
        return policies.refresh(namespace).map(policy -> Explanation.of(namespace, key, policy, stores.names()));
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        Policy policy = policies.current(command.namespace());
        return policy != null
                ? execute(policy, command, options)
                : policies.await(command.namespace(), null, options).compose(found -> execute(found, command, options));
    }

    private Future<Outcome> execute(Policy policy, TaskCommand command, CallOptions options) {
        long begun = System.nanoTime();
        return answer(
                        policy.authority(),
                        store -> store.execute(
                                command.epoch() == policy.epoch() ? command : command.withEpoch(policy.epoch()),
                                options))
                .transform((outcome, failure) -> {
                    if (failure == null) {
                        observe(policy, command, outcome, null, begun);
                        return policy.mirror() == null
                                ? Future.succeededFuture(outcome)
                                : dualWriter.shown(policy, command, outcome, options);
                    }
                    StoreException known = asStoreException(failure);
                    if (known.kind() != FailureKind.FENCED) {
                        observe(policy, command, null, known, begun);
                        return Future.failedFuture(known);
                    }
                    return policies.await(command.namespace(), policy, options)
                            .compose(newer -> execute(newer, command, options));
                });
    }

    private void observe(
            Policy policy,
            TaskCommand command,
            @Nullable Outcome outcome,
            @Nullable StoreException failure,
            long begun) {
        if (observer != CallObserver.NONE) {
            observer.executed(policy.authority(), command, outcome, failure, System.nanoTime() - begun);
        }
    }

    private interface Call<R> {
        Future<R> on(TaskStore store);
    }

    private <R> Future<R> answer(String store, Call<R> call) {
        try {
            return call.on(stores.get(store));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // The namespaces are what this query answers with.
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        if (query instanceof TaskQuery.Namespaces) {
            return (Future<R>) namespaces(options);
        }
        Policy policy = policies.current(query.namespace());
        return policy != null
                ? query(policy, query, options)
                : policies.await(query.namespace(), null, options).compose(found -> query(found, query, options));
    }

    /** Those of all stores, without those of Tandem's own; where EVENTUAL is enough, of the stores that answer. */
    private Future<List<String>> namespaces(CallOptions options) {
        List<Future<List<String>>> asked = stores.byName().values().stream()
                .map(store -> store.query(new TaskQuery.Namespaces(), options))
                .toList();
        return Future.join(asked).transform(all -> {
            boolean isEnough = options.consistency() == Consistency.EVENTUAL
                    ? asked.stream().anyMatch(Future::succeeded)
                    : all.succeeded();
            if (!isEnough) {
                return Future.failedFuture(all.cause());
            }
            TreeSet<String> names = new TreeSet<>();
            asked.stream().filter(Future::succeeded).forEach(each -> names.addAll(each.result()));
            names.removeIf(Limits::isOwnNamespace);
            return Future.succeededFuture(List.copyOf(names));
        });
    }

    @SuppressWarnings("unchecked") // A task is what this query answers with.
    private <R> Future<R> query(Policy policy, TaskQuery<R> query, CallOptions options) {
        Future<R> answer;
        if (!policy.phase().showsOnlyMirrored()) {
            answer = ask(policy, policy.authority(), query, options);
            ReadObserver told = reads;
            if (told != null && policy.mirror() != null && query instanceof TaskQuery.Get get) {
                answer = answer.onSuccess(found -> told.read(policy, get, (Optional<Task>) found));
            }
        } else if (isOnMirror(policy, query)) {
            answer = ask(policy, policy.requireMirror(), query, options);
        } else {
            answer = newest(policy, query, options);
        }
        return answer.transform((found, failure) -> {
            if (failure == null) {
                return Future.succeededFuture(found);
            }
            StoreException known = asStoreException(failure);
            return known.kind() != FailureKind.FENCED
                    ? Future.failedFuture(known)
                    : policies.await(query.namespace(), policy, options).compose(newer -> query(newer, query, options));
        });
    }

    /** The authority's answer, when the mirror has what it shows: as a look at the mirror may say at once. */
    private <R> Future<R> newest(Policy policy, TaskQuery<R> query, CallOptions options) {
        Future<R> ours = ask(policy, policy.authority(), query, options);
        if (!(query instanceof TaskQuery.Get || query instanceof TaskQuery.GetLease)) {
            return ours.compose(found -> dualWriter.shown(policy, query, found, options));
        }
        Future<R> theirs = ask(policy, policy.requireMirror(), query, options);
        return ours.compose(found ->
                theirs.transform(mirrored -> mirrored.succeeded() && isShown(found, mirrored.result())
                        ? ours
                        : dualWriter.shown(policy, query, found, options)));
    }

    private static boolean isShown(Object found, Object mirrored) {
        return version(found) == 0 ? version(mirrored) == 0 : version(mirrored) >= version(found);
    }

    /** Of the record that was looked for; 0 for none. */
    private static long version(Object found) {
        return found instanceof Optional<?> one && one.orElse(null) instanceof StoredRecord record
                ? record.version()
                : 0;
    }

    private static boolean isOnMirror(Policy policy, TaskQuery<?> query) {
        if (query instanceof TaskQuery.Get get) {
            return policy.readsOnMirror(get.taskId());
        } else if (query instanceof TaskQuery.GetLease get) {
            return policy.readsOnMirror(get.scope());
        }
        // What changes is told by the store that decides.
        return policy.readsAllOnMirror() && !(query instanceof TaskQuery.Changes);
    }

    private <R> Future<R> ask(Policy policy, String store, TaskQuery<R> query, CallOptions options) {
        Future<R> answer = answer(store, to -> to.query(query, options.withEpoch(policy.epoch())));
        if (observer == CallObserver.NONE) {
            return answer;
        }
        long begun = System.nanoTime();
        return answer.andThen((found, failure) -> {
            StoreException known = failure == null ? null : asStoreException(failure);
            if (known == null || known.kind() != FailureKind.FENCED) {
                observer.queried(store, query, known, System.nanoTime() - begun);
            }
        });
    }

    /** Calls the listener when the namespace comes to another store, too. */
    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return new RoutedSubscription(stores, policies, namespace, listener);
    }

    /**
     * Where a store has shards the request has to come to the same one each time, also when the namespace has come to that store meanwhile; so
     * the id suits each of those.
     */
    @Override
    public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
        Supplier<String> suitable = ids;
        for (TaskStore store : stores.byName().values()) {
            if (capabilities(store).shards() > 1) {
                Supplier<String> before = suitable;
                suitable = () -> store.newTaskId(namespace, requestId, before);
            }
        }
        return suitable.get();
    }

    /** What all stores can do and promise, and of as many shards as any of them has. */
    @Override
    public Capabilities capabilities() {
        return stores.byName().values().stream()
                .map(Router::capabilities)
                .reduce((one, other) -> new Capabilities(
                        one.durability().compareTo(other.durability()) <= 0 ? one.durability() : other.durability(),
                        one.linearizableReads() && other.linearizableReads(),
                        Math.max(one.shards(), other.shards())))
                .orElse(UNKNOWN);
    }

    /** Of a store that could not be opened yet, nothing is known. */
    private static Capabilities capabilities(TaskStore store) {
        try {
            return store.capabilities();
        } catch (StoreException e) {
            return UNKNOWN;
        }
    }

    /** Closes the stores behind it. */
    @Override
    public Future<Void> close() {
        return Future.join(
                        stores.byName().values().stream().map(TaskStore::close).toList())
                .mapEmpty();
    }

    /** Stores fail only with a {@link StoreException}; anything else is a store's bug and may have been applied. */
    static StoreException asStoreException(Throwable failure) {
        return failure instanceof StoreException known
                ? known
                : new StoreException(FailureKind.MAYBE_APPLIED, "the store failed in an unknown way", failure);
    }
}
