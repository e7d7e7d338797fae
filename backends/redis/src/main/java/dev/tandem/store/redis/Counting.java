package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.TaskState;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.EnumMap;
import java.util.Map;

/** Counts the tasks that match, in as many round trips as it takes. For one query. */
final class Counting {
    private final RedisTaskStore store;
    private final TaskQuery.Count query;
    private final CallOptions options;
    private final Space space;
    private final Map<TaskState, Long> byState = new EnumMap<>(TaskState.class);
    private byte[] low;

    Counting(RedisTaskStore store, TaskQuery.Count query, CallOptions options) {
        this.store = store;
        this.query = query;
        this.options = options;
        this.space = store.space(query.namespace());
        this.low = Walk.key(query.filter().createdFromMillis());
    }

    Future<TaskCounts> count() {
        TaskFilter filter = query.filter();
        PackWriter out = new PackWriter(128).array(9);
        Walk.writePrefixes(out, Walk.prefixes(filter));
        out.bytes(low).bytes(Walk.key(filter.createdBeforeMillis())).number(Listing.LOOK_MAX);
        Walk.writeFilter(out, filter);
        return store.query(space, Script.COUNT, options, out.toArray()).compose(reply -> {
            add(byState, reply, 2);
            if (reply.get(0).toInteger() == 1) {
                return Future.succeededFuture(new TaskCounts(Map.copyOf(byState)));
            }
            low = Walk.behind(reply.get(1).toBytes());
            StoreException late = Queries.late(options);
            return late == null ? count() : Future.failedFuture(late);
        });
    }

    /** Of a filter that asks for nothing but states and creation times: the index alone tells. */
    static Future<TaskCounts> range(RedisTaskStore store, TaskQuery.Count query, CallOptions options) {
        TaskFilter filter = query.filter();
        PackWriter out = new PackWriter(64).array(3);
        Walk.writeStates(out, filter);
        out.bytes(Walk.key(filter.createdFromMillis())).bytes(Walk.key(filter.createdBeforeMillis()));
        return store.query(store.space(query.namespace()), Script.COUNT_RANGE, options, out.toArray())
                .map(reply -> {
                    Map<TaskState, Long> byState = new EnumMap<>(TaskState.class);
                    add(byState, reply, 0);
                    return new TaskCounts(Map.copyOf(byState));
                });
    }

    private static void add(Map<TaskState, Long> byState, Response reply, int first) {
        for (TaskState state : TaskState.values()) {
            long count = reply.get(first + state.code() - 1).toLong();
            if (count > 0) {
                byState.merge(state, count, Long::sum);
            }
        }
    }
}
