package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Task;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Whoever reads the changes from a cursor on, stops and goes on, misses nothing; whoever subscribes is woken. */
abstract class WatchContract extends ContractGroup {
    WatchContract(TaskStoreContract contract) {
        super(contract);
    }

    private Cursor end() {
        ChangePage page = calls.query(new TaskQuery.Changes(NAMESPACE, null, 10));
        assertThat(page.changes()).isEmpty();
        assertThat(page.more()).isFalse();
        assertThat(page.isExpired()).isFalse();
        return page.next();
    }

    private ChangePage after(Cursor cursor, int limit) {
        return calls.query(new TaskQuery.Changes(NAMESPACE, cursor, limit));
    }

    private Cursor beginning() {
        return new Cursor(Collections.nCopies(store.capabilities().shards(), 0L));
    }

    /** Reads on until there is no more, applying each change to {@code view} as a watcher would. */
    private Cursor follow(Map<String, Task> view, Cursor from, int pageSize) {
        Cursor cursor = from;
        ChangePage page;
        int pages = 0;
        do {
            page = after(cursor, pageSize);
            assertThat(page.isExpired()).isFalse();
            assertThat(page.changes().size()).isLessThanOrEqualTo(pageSize);
            for (Change change : page.changes()) {
                Task task = change.task();
                if (task == null) {
                    view.remove(change.taskId());
                } else {
                    assertThat(task.id()).isEqualTo(change.taskId());
                    assertThat(task.version()).isEqualTo(change.version());
                    view.put(change.taskId(), task);
                }
            }
            cursor = page.next();
            assertThat(++pages).as("pages").isLessThan(1_000);
        } while (page.more());
        return cursor;
    }

    @Test
    void changes_fromTheEnd_areThoseAfterIt() {
        calls.apply(Tasks.create("before"));
        Cursor end = end();
        assertThat(after(end, 10).changes()).isEmpty();

        Task task = calls.apply(Tasks.create("a"));
        long deleted = calls.delete("before");

        ChangePage page = after(end, 10);
        assertThat(page.changes())
                .containsExactlyInAnyOrder(Change.written(task), Change.deleted("before", deleted, clock.millis()));
        assertThat(page.more()).isFalse();
        assertThat(after(page.next(), 10).changes()).isEmpty();
    }

    @Test
    void changes_ofATaskThatChangedOften_endWithItsNewestRecord() {
        Cursor end = end();
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");
        calls.apply(Tasks.renew("a", StoreCalls.token(claimed)));
        Task done = calls.apply(Tasks.complete("a", StoreCalls.token(claimed)));

        Map<String, Task> view = new HashMap<>();
        follow(view, end, 10);

        assertThat(view).isEqualTo(Map.of("a", done));
    }

    @Test
    void changes_whileTasksAreWritten_leaveAWatcherWithWhatTheStoreHas() {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        Random random = new Random(seed);
        Map<String, Task> view = new HashMap<>();
        Cursor cursor = beginning();
        for (int round = 0; round < 40; round++) {
            for (int i = random.nextInt(6); i > 0; i--) {
                String id = "t" + random.nextInt(8);
                int dice = random.nextInt(4);
                calls.execute(
                        dice == 0
                                ? Tasks.delete(id)
                                : dice == 1 ? Tasks.cancel(id) : dice == 2 ? Tasks.create(id) : Tasks.retry(id));
                clock.advanceMillis(1);
            }
            if (round % 4 != 0) {
                // A cut stream: one page is read, and the rest some rounds later.
                ChangePage page = after(cursor, 2);
                page.changes().forEach(change -> {
                    Task task = change.task();
                    if (task == null) {
                        view.remove(change.taskId());
                    } else {
                        view.put(change.taskId(), task);
                    }
                });
                cursor = page.next();
            } else {
                cursor = follow(view, cursor, 1 + random.nextInt(3));
                Map<String, Task> stored = new HashMap<>();
                calls.list(TaskFilter.ALL, 100).forEach(task -> stored.put(task.id(), task));
                assertThat(view).as("-Dtandem.seed=%s", seed).isEqualTo(stored);
            }
        }
    }

    @Test
    void changes_ofSweeps_areSeenToo() {
        calls.apply(Tasks.create("lease", Tasks.spec().withQueue("q").withRetry(Tasks.retries(3, 0, 0))));
        calls.claim(Tasks.claim("w", 1, "q"));
        calls.apply(Tasks.create("old", Tasks.spec().withRetentionMillis(0)));
        calls.apply(Tasks.cancel("old"));
        Map<String, Task> view = new HashMap<>();
        Cursor cursor = follow(view, beginning(), 10);
        assertThat(view).hasSize(2);
        clock.advanceMillis(Tasks.LEASE_MILLIS);
        calls.sweep(10);

        follow(view, cursor, 10);

        assertThat(view).isEqualTo(Map.of("lease", calls.get("lease")));
        assertThat(calls.get("lease").lease()).isNull();
    }

    @Test
    void changes_afterTombstonesWereForgotten_areExpiredForOldCursorsOnly() {
        Cursor old = end();
        calls.apply(Tasks.create("a"));
        Cursor beforeDelete = end();
        calls.delete("a");
        Cursor afterDelete = end();
        calls.apply(Tasks.create("b"));
        clock.advanceMillis(tombstoneKeepMillis() + 1);
        assertThat(after(old, 10).isExpired()).isFalse();
        calls.sweep(100);

        for (Cursor cursor : List.of(old, beforeDelete)) {
            ChangePage page = after(cursor, 10);
            assertThat(page.isExpired()).isTrue();
            assertThat(page.changes()).isEmpty();
        }
        ChangePage page = after(afterDelete, 10);
        assertThat(page.isExpired()).isFalse();
        assertThat(page.changes()).extracting(Change::taskId).containsExactly("b");
        assertThat(after(end(), 10).isExpired()).isFalse();
    }

    @Test
    void changes_byACursorThatIsNotTheStores_areExpired() {
        calls.apply(Tasks.create("a"));
        int shards = store.capabilities().shards();

        assertThat(after(new Cursor(List.of()), 10).isExpired()).isTrue();
        assertThat(after(new Cursor(Collections.nCopies(shards + 1, 0L)), 10).isExpired())
                .isTrue();
        assertThat(after(new Cursor(Collections.nCopies(shards, Long.MAX_VALUE)), 10)
                        .isExpired())
                .isTrue();
        assertThat(after(new Cursor(Collections.nCopies(shards, -1L)), 10).isExpired())
                .isTrue();
    }

    @Test
    void changes_ofOneNamespace_showNothingOfAnother() {
        Cursor end = end();
        calls.in("other").apply(Tasks.create("a"));

        assertThat(after(end, 10).changes()).isEmpty();
    }

    @Test
    void subscription_afterAChange_isCalledOnItsContext() {
        Promise<Boolean> called = Promise.promise();
        StoreCalls watcher = calls.onAnotherContext();
        Subscription subscription = StoreCalls.await(watcher.start(() -> Future.succeededFuture(
                store.subscribe(NAMESPACE, () -> called.tryComplete(Vertx.currentContext() == watcher.context())))));

        calls.apply(Tasks.create("a"));

        assertThat(StoreCalls.await(called.future())).isTrue();
        subscription.cancel();
        subscription.cancel();
    }

    @Test
    void subscription_readingFromItsCursor_missesNoChange() {
        int tasks = 100;
        Map<String, Task> view = Collections.synchronizedMap(new HashMap<>());
        Follower follower = new Follower(view, end());
        StoreCalls watcher = calls.onAnotherContext();
        Subscription subscription = StoreCalls.await(
                watcher.start(() -> Future.succeededFuture(store.subscribe(NAMESPACE, follower::wake))));

        for (int i = 0; i < tasks; i++) {
            calls.apply(Tasks.create("t" + i));
        }

        waitUntil(() -> view.size() == tasks);
        subscription.cancel();
    }

    /** Reads the changes whenever it is woken, one read at a time. Lives on one context. */
    private final class Follower {
        private final Map<String, Task> view;
        private Cursor cursor;
        private boolean reading;
        private boolean again;

        Follower(Map<String, Task> view, Cursor cursor) {
            this.view = view;
            this.cursor = cursor;
        }

        void wake() {
            if (reading) {
                again = true;
                return;
            }
            reading = true;
            again = false;
            store.query(new TaskQuery.Changes(NAMESPACE, cursor, 7), CallOptions.DEFAULT)
                    .onSuccess(page -> {
                        page.changes().forEach(change -> view.put(change.taskId(), change.task()));
                        cursor = page.next();
                        reading = false;
                        if (again || page.more()) {
                            wake();
                        }
                    });
        }
    }

    private static void waitUntil(BooleanSupplier condition) {
        long deadline = System.nanoTime() + StoreCalls.WAIT_MAX.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
