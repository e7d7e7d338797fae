package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers queries. One record is one HGET; lists and counts are scripts that look at no more than
 * {@link Listing#LOOK_MAX} records at a time and are sent again for the rest.
 */
final class Queries {
    private static final Logger LOG = LoggerFactory.getLogger(Queries.class);

    /** How many namespaces are asked at a time whether there is anything in them. */
    private static final int ASKED_AT_ONCE = 64;

    private final RedisTaskStore store;
    private final StoreObserver observer;
    private final Fields fields;

    Queries(RedisTaskStore store, StoreObserver observer) {
        this.store = store;
        this.fields = new Fields(store);
        this.observer = observer;
    }

    @SuppressWarnings("unchecked") // Each query is answered with what its type says.
    <R> Future<R> answer(TaskQuery<R> query, CallOptions options) {
        return (Future<R>) ask(query, options);
    }

    private Future<?> ask(TaskQuery<?> query, CallOptions options) {
        if (query instanceof TaskQuery.Get get) {
            return get(get, options);
        } else if (query instanceof TaskQuery.GetLease get) {
            return getLease(get, options);
        } else if (query instanceof TaskQuery.ListTasks list) {
            return new Listing(store, observer, list, options).page();
        } else if (query instanceof TaskQuery.Count count) {
            return count(count, options);
        } else if (query instanceof TaskQuery.Changes changes) {
            return changes(changes, options);
        } else if (query instanceof TaskQuery.Scan scan) {
            return new RecordScan(store.space(scan.namespace()), scan).page(store, options);
        } else if (query instanceof TaskQuery.Outbox outbox) {
            return new OutboxRead(store.space(outbox.namespace()), outbox).page(store, options);
        } else if (query instanceof TaskQuery.GetGate get) {
            return fields.gate(store.space(get.namespace()), options);
        } else if (query instanceof TaskQuery.Namespaces) {
            return namespaces(options.withEpoch(CallOptions.ANY_EPOCH));
        }
        throw new IllegalArgumentException("unknown query: " + query);
    }

    private static byte[] fieldName(char letter, String name) {
        return (letter + name).getBytes(StandardCharsets.UTF_8);
    }

    private Future<Optional<Task>> get(TaskQuery.Get get, CallOptions options) {
        return fields.one(store.space(get.namespace()), fieldName('t', get.taskId()), options)
                .map(raw -> {
                    try {
                        return raw == null
                                ? Optional.empty()
                                : Optional.ofNullable(Records.task(get.namespace(), get.taskId(), raw.toBytes()));
                    } catch (CodecException e) {
                        throw Failures.corrupt("task " + get.taskId(), e);
                    }
                });
    }

    private Future<Optional<LeaderLease>> getLease(TaskQuery.GetLease get, CallOptions options) {
        return fields.one(store.space(get.namespace()), fieldName('l', get.scope()), options)
                .map(raw -> {
                    try {
                        return raw == null
                                ? Optional.empty()
                                : Optional.of(Records.lease(get.namespace(), get.scope(), raw.toBytes()));
                    } catch (CodecException e) {
                        throw Failures.corrupt("lease " + get.scope(), e);
                    }
                });
    }

    private Future<TaskCounts> count(TaskQuery.Count count, CallOptions options) {
        TaskFilter filter = count.filter();
        boolean isByStateOnly = filter.queues().isEmpty()
                && filter.kinds().isEmpty()
                && filter.node().isEmpty()
                && filter.labels().isEmpty();
        if (!isByStateOnly) {
            return new Counting(store, count, options).count();
        }
        boolean isOfAllTimes =
                filter.createdFromMillis() <= 0 && filter.createdBeforeMillis() >= CommandPacker.TIME_MAX;
        if (!isOfAllTimes) {
            return Counting.range(store, count, options);
        }
        return fields.meta(store.space(count.namespace()), options)
                .map(meta -> new TaskCounts(meta.counts().entrySet().stream()
                        .filter(entry ->
                                filter.states().isEmpty() || filter.states().contains(entry.getKey()))
                        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue))));
    }

    private Future<ChangePage> changes(TaskQuery.Changes changes, CallOptions options) {
        Space space = store.space(changes.namespace());
        Cursor after = changes.after();
        if (after == null) {
            return fields.meta(space, options)
                    .map(meta -> new ChangePage(List.of(), new Cursor(List.of(meta.lastVersion())), false, false));
        }
        long from = after.versions().size() == 1 ? after.versions().get(0) : -1;
        if (from < 0 || from > PackWriter.NUMBER_MAX) {
            return fields.meta(space, options).map(meta -> new ChangePage(List.of(), after, false, true));
        }
        return changesFrom(space, from, changes, options);
    }

    private Future<ChangePage> changesFrom(Space space, long from, TaskQuery.Changes changes, CallOptions options) {
        byte[] body = new PackWriter(32)
                .array(3)
                .number(from)
                .number(changes.limit())
                .number(Limits.PAGE_BYTES_MAX)
                .toArray();
        return store.query(space, Script.CHANGES, options, body).compose(reply -> {
            if (reply.get(0).toInteger() == 1) {
                return Future.succeededFuture(new ChangePage(List.of(), new Cursor(List.of(from)), false, true));
            }
            List<Change> found = new ArrayList<>(reply.size() / 3);
            for (int i = 3; i + 2 < reply.size(); i += 3) {
                String id = reply.get(i + 1).toString();
                byte[] raw = reply.get(i + 2).toBytes();
                Change change = change(space.namespace, id, raw);
                if (change != null) {
                    found.add(change);
                }
            }
            long next = reply.get(1).toLong();
            boolean more = reply.get(2).toInteger() == 1;
            if (found.isEmpty() && more && next > from) {
                // Only leases, or tasks that changed again later.
                StoreException late = late(options);
                return late == null ? changesFrom(space, next, changes, options) : Future.failedFuture(late);
            }
            return Future.succeededFuture(new ChangePage(List.copyOf(found), new Cursor(List.of(next)), more, false));
        });
    }

    /** Why a query that took several round trips is not gone on with; null if it is. */
    static @Nullable StoreException late(CallOptions options) {
        return options.isPast(System.nanoTime()) ? Failures.pastDeadline() : null;
    }

    /** What a task has changed to; null if that can't be read. */
    private @Nullable Change change(String namespace, String id, byte[] raw) {
        Task task = readable(namespace, id, raw, observer);
        if (task != null) {
            return Change.written(task);
        }
        try {
            Tombstone tombstone = Records.tombstone(id, raw);
            return tombstone == null ? null : Change.deleted(id, tombstone.version(), tombstone.atMillis());
        } catch (CodecException e) {
            return null;
        }
    }

    /** The task; null if there is none, or its record can't be read. */
    static @Nullable Task readable(String namespace, String id, byte[] raw, StoreObserver observer) {
        try {
            return Records.task(namespace, id, raw);
        } catch (CodecException e) {
            LOG.error(
                    "The record of task {} in namespace {} can't be read ({}) and is left out",
                    id,
                    namespace,
                    e.getMessage());
            observer.setAside(namespace, id);
            return null;
        }
    }

    private Future<List<String>> namespaces(CallOptions options) {
        return registered(options).compose(names -> inUse(names, 0, new ArrayList<>(), options));
    }

    /** All names on the list, sorted, whether or not there is anything left in them. */
    private Future<List<String>> registered(CallOptions options) {
        Request members = Request.cmd(Command.SMEMBERS).arg(RedisTaskStore.REGISTRY_KEY);
        return store.link()
                .send(RedisTaskStore.REGISTRY, members, options, false)
                .map(reply -> {
                    TreeSet<String> names = new TreeSet<>();
                    for (int i = 0; i < reply.size(); i++) {
                        names.add(reply.get(i).toString());
                    }
                    return List.copyOf(names);
                });
    }

    /** What operators should know of a namespace; empty if nothing was ever written to it. */
    Future<Optional<NamespaceStatus>> status(String namespace, CallOptions options) {
        return fields.one(store.space(namespace), Fields.META, options.withEpoch(CallOptions.ANY_EPOCH))
                .map(raw -> Optional.ofNullable(raw).map(meta -> status(namespace, meta.toBytes())))
                .recover(e -> e instanceof StoreException failure && failure.kind() == FailureKind.CORRUPT
                        ? Future.succeededFuture(Optional.of(unreadable(namespace, failure)))
                        : Future.failedFuture(e));
    }

    private static NamespaceStatus status(String namespace, byte[] raw) {
        try {
            Records.Meta meta = Records.meta(raw);
            return new NamespaceStatus(namespace, meta.lastVersion(), meta.counts(), meta.leases(), meta.lost(), null);
        } catch (CodecException e) {
            return unreadable(namespace, Failures.foreignKeys(namespace));
        } catch (StoreException e) {
            return unreadable(namespace, e);
        }
    }

    private static NamespaceStatus unreadable(String namespace, StoreException why) {
        return new NamespaceStatus(namespace, 0, Map.of(), 0, null, String.valueOf(why.getMessage()));
    }

    /** The same of all namespaces that are on the list. */
    Future<List<NamespaceStatus>> statusOfAll(CallOptions options) {
        return registered(options).compose(names -> statusFrom(names, 0, new ArrayList<>(), options));
    }

    private Future<List<NamespaceStatus>> statusFrom(
            List<String> names, int begin, List<NamespaceStatus> found, CallOptions options) {
        if (begin >= names.size()) {
            return Future.succeededFuture(List.copyOf(found));
        }
        List<Future<Optional<NamespaceStatus>>> answers =
                names.subList(begin, Math.min(names.size(), begin + ASKED_AT_ONCE)).stream()
                        .map(name -> status(name, options))
                        .toList();
        return Future.all(answers).compose(all -> {
            answers.forEach(answer -> answer.result().ifPresent(found::add));
            return statusFrom(names, begin + ASKED_AT_ONCE, found, options);
        });
    }

    /** Of the names from {@code begin} on those of namespaces that hold anything. */
    private Future<List<String>> inUse(List<String> names, int begin, List<String> found, CallOptions options) {
        if (begin >= names.size()) {
            return Future.succeededFuture(List.copyOf(found));
        }
        StoreException late = late(options);
        if (late != null) {
            return Future.failedFuture(late);
        }
        List<String> asked = names.subList(begin, Math.min(names.size(), begin + ASKED_AT_ONCE));
        List<Future<Boolean>> answers =
                asked.stream().map(name -> isInUse(store.space(name), options)).toList();
        return Future.all(answers).compose(all -> {
            for (int i = 0; i < asked.size(); i++) {
                if (answers.get(i).result()) {
                    found.add(asked.get(i));
                }
            }
            return inUse(names, begin + ASKED_AT_ONCE, found, options);
        });
    }

    /** What can't be read is something, and must not hide the others. */
    private Future<Boolean> isInUse(Space space, CallOptions options) {
        return fields.one(space, Fields.META, options)
                .map(raw -> raw != null && isInUse(raw.toBytes()))
                .recover(e -> e instanceof StoreException failure && failure.kind() == FailureKind.CORRUPT
                        ? Future.succeededFuture(true)
                        : Future.failedFuture(e));
    }

    private static boolean isInUse(byte[] raw) {
        try {
            Records.Meta meta = Records.meta(raw);
            return !meta.counts().isEmpty() || meta.leases() > 0;
        } catch (CodecException | StoreException e) {
            return true;
        }
    }
}
