package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.ListPosition;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.Task;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;

/** One page of a list, put together in as many round trips as it takes. For one query. */
final class Listing {
    /** The most entries of the index that one run of a script looks at, so that it never holds the server for long. */
    static final int LOOK_MAX = 1_000;

    private final RedisTaskStore store;
    private final StoreObserver observer;
    private final TaskQuery.ListTasks query;
    private final CallOptions options;
    private final Space space;
    private final List<Task> tasks = new ArrayList<>();
    private byte[] low;
    private byte[] high;
    private long bytes;

    Listing(RedisTaskStore store, StoreObserver observer, TaskQuery.ListTasks query, CallOptions options) {
        this.store = store;
        this.observer = observer;
        this.query = query;
        this.options = options;
        this.space = store.space(query.namespace());
        this.low = Walk.key(query.filter().createdFromMillis());
        this.high = Walk.key(query.filter().createdBeforeMillis());
        ListPosition after = query.after();
        if (after != null) {
            byte[] key = Walk.key(after.createdAtMillis(), after.id());
            if (query.newestFirst()) {
                high = Walk.earlier(high, key);
            } else {
                low = Walk.later(low, Walk.behind(key));
            }
        }
    }

    Future<TaskPage> page() {
        // One more than is asked for tells whether there is a next page.
        int wanted = query.limit() + 1 - tasks.size();
        return store.query(space, Script.LIST, options, body(wanted)).compose(reply -> {
            read(reply);
            boolean isEnded = reply.get(0).toInteger() == 1;
            if (tasks.size() > query.limit()) {
                return Future.succeededFuture(first(query.limit()));
            } else if (isEnded) {
                return Future.succeededFuture(new TaskPage(List.copyOf(tasks), null));
            } else if (bytes >= Limits.PAGE_BYTES_MAX) {
                return Future.succeededFuture(first(tasks.size()));
            }
            StoreException late = Queries.late(options);
            return late == null ? page() : Future.failedFuture(late);
        });
    }

    private TaskPage first(int count) {
        Task last = tasks.get(count - 1);
        return new TaskPage(List.copyOf(tasks.subList(0, count)), new ListPosition(last.createdAtMillis(), last.id()));
    }

    private void read(Response reply) {
        for (int i = 2; i + 1 < reply.size(); i += 2) {
            byte[] key = reply.get(i).toBytes();
            byte[] raw = reply.get(i + 1).toBytes();
            Task task = Queries.readable(query.namespace(), Walk.idOf(key), raw, observer);
            // What is left in the index of a record that was damaged and then deleted may lead to another one.
            if (task != null
                    && task.createdAtMillis() == Walk.timeOf(key)
                    && query.filter().matches(task)) {
                tasks.add(task);
                bytes += raw.length;
            }
        }
        byte[] last = reply.get(1).toBytes();
        if (last.length > 0) {
            if (query.newestFirst()) {
                high = last;
            } else {
                low = Walk.behind(last);
            }
        }
    }

    private byte[] body(int wanted) {
        TaskFilter filter = query.filter();
        boolean needsRecords = Walk.needsRecords(filter);
        PackWriter out = new PackWriter(128).array(13);
        Walk.writePrefixes(out, Walk.prefixes(filter));
        out.bytes(low).bytes(high).bool(query.newestFirst());
        out.number(wanted).number(LOOK_MAX).number(Limits.PAGE_BYTES_MAX - bytes);
        out.bool(needsRecords);
        Walk.writeFilter(out, filter);
        return out.toArray();
    }
}
