package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One namespace in several shards, which tells of changes in every way that the contract allows: all of them or the
 * newest of each task, the shards mixed as a seed likes, pages of any size up to the limit.
 */
final class SimStore implements TaskStore {
    private final List<ReferenceTaskStore> shards = new ArrayList<>();
    private final List<List<Change>> logs = new ArrayList<>();
    private final boolean isCompacted;
    private final Random random;

    /** Cursors below this are expired. */
    private long expiredBelow;

    SimStore(Vertx vertx, int shards, boolean isCompacted, Random random) {
        for (int i = 0; i < shards; i++) {
            this.shards.add(new ReferenceTaskStore(vertx));
            this.logs.add(new ArrayList<>());
        }
        this.isCompacted = isCompacted;
        this.random = random;
    }

    void expireBelow(long version) {
        expiredBelow = version;
    }

    private int shardOf(String taskId) {
        return Math.floorMod(taskId.hashCode(), shards.size());
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        int shard = shardOf(((Verb.OnTask) command.verb()).taskId());
        return shards.get(shard).execute(command, options).andThen((outcome, failure) -> {
            if (outcome instanceof Outcome.Applied applied) {
                Task task = applied.task();
                logs.get(shard).add(Change.written(task));
            } else if (outcome instanceof Outcome.Deleted deleted) {
                logs.get(shard).add(Change.deleted(deleted.taskId(), deleted.version(), command.atMillis()));
            }
        });
    }

    @Override
    @SuppressWarnings("unchecked") // Each query names the type of its own answer.
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        if (query instanceof TaskQuery.Get get) {
            return (Future<R>) shards.get(shardOf(get.taskId())).query(get, options);
        } else if (query instanceof TaskQuery.Changes changes) {
            return (Future<R>) Future.succeededFuture(changes(changes));
        } else if (query instanceof TaskQuery.ListTasks list) {
            return (Future<R>) Future.succeededFuture(list(list, options));
        }
        throw new IllegalArgumentException("not for this store: " + query);
    }

    private TaskPage list(TaskQuery.ListTasks list, CallOptions options) {
        List<Task> tasks = new ArrayList<>();
        shards.forEach(shard -> tasks.addAll(shard.query(list, options).result().tasks()));
        tasks.sort(Comparator.comparingLong(Task::createdAtMillis).thenComparing(Task::id));
        int limit = 1 + random.nextInt(Math.min(list.limit(), 5));
        if (tasks.size() <= limit) {
            return new TaskPage(tasks, null);
        }
        Task last = tasks.get(limit - 1);
        return new TaskPage(tasks.subList(0, limit), new ListPosition(last.createdAtMillis(), last.id()));
    }

    private ChangePage changes(TaskQuery.Changes changes) {
        Cursor from = changes.after();
        if (from == null) {
            return new ChangePage(List.of(), end(), false, false);
        }
        if (Cursors.lowest(from) < expiredBelow) {
            return new ChangePage(List.of(), from, false, true);
        }
        List<List<Change>> left = new ArrayList<>();
        for (int shard = 0; shard < shards.size(); shard++) {
            left.add(after(shard, from.versions().get(shard)));
        }
        int limit = 1 + random.nextInt(Math.min(changes.limit(), 6));
        List<Long> next = new ArrayList<>(from.versions());
        List<Change> page = new ArrayList<>();
        while (page.size() < limit && left.stream().anyMatch(each -> !each.isEmpty())) {
            int shard = random.nextInt(shards.size());
            if (!left.get(shard).isEmpty()) {
                Change change = left.get(shard).remove(0);
                page.add(change);
                next.set(shard, change.version());
            }
        }
        boolean more = left.stream().anyMatch(each -> !each.isEmpty());
        return new ChangePage(page, new Cursor(next), more, false);
    }

    private List<Change> after(int shard, long version) {
        Map<String, Long> newest = new HashMap<>();
        logs.get(shard).forEach(change -> newest.put(change.taskId(), change.version()));
        List<Change> after = new ArrayList<>();
        for (Change change : logs.get(shard)) {
            if (change.version() > version && (!isCompacted || newest.get(change.taskId()) == change.version())) {
                after.add(change);
            }
        }
        return after;
    }

    private Cursor end() {
        return new Cursor(logs.stream()
                .map(log -> log.isEmpty() ? 0 : log.get(log.size() - 1).version())
                .toList());
    }

    /** The versions of all tasks that exist. */
    Map<String, Long> versions() {
        Map<String, Long> versions = new HashMap<>();
        for (List<Change> log : logs) {
            for (Change change : log) {
                if (change.task() == null) {
                    versions.remove(change.taskId());
                } else {
                    versions.put(change.taskId(), change.version());
                }
            }
        }
        return versions;
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        throw new UnsupportedOperationException("the stepped store gives notice");
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(Durability.MEMORY, true, shards.size());
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
