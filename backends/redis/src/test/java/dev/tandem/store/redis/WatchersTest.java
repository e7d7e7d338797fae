package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Task;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two sidecars on one Redis: what one changes, the other's watchers hear of, whatever became of the connection in between. */
class WatchersTest extends StoreTest {
    private final RedisServer server = SharedServers.standalone();

    @BeforeEach
    void empty() {
        server.command("FLUSHALL");
    }

    /** A watcher of one sidecar's, and how often it was called. */
    private static final class Watch {
        final StoreCalls calls;
        final AtomicInteger called = new AtomicInteger();
        final Subscription subscription;

        Watch(Sidecar sidecar, String namespace) {
            calls = sidecar.calls.in(namespace);
            subscription = StoreCalls.await(calls.start(
                    () -> Future.succeededFuture(sidecar.store.subscribe(namespace, called::incrementAndGet))));
        }

        /** The first of a namespace is told that there may have been changes before it; from then on none is missed. */
        Watch ready() {
            waitUntil("its first call", () -> called.get() > 0);
            return this;
        }

        void awaitCallAfter(Runnable action) {
            int before = called.get();
            action.run();
            waitUntil("a call", () -> called.get() > before);
        }

        Cursor end() {
            return calls.query(new TaskQuery.Changes(calls.namespace(), null, 10))
                    .next();
        }

        ChangePage after(Cursor cursor) {
            return calls.query(new TaskQuery.Changes(calls.namespace(), cursor, 100));
        }
    }

    @Test
    void change_byOneSidecar_wakesTheOthersWatcherOfThatNamespaceAlone() {
        Sidecar one = new Sidecar(server.url());
        Sidecar two = new Sidecar(server.url());
        Watch watch = new Watch(two, NS).ready();
        Watch elsewhere = new Watch(two, "elsewhere").ready();
        Cursor end = watch.end();
        int before = elsewhere.called.get();

        for (int i = 0; i < 20; i++) {
            String id = "t" + i;
            watch.awaitCallAfter(() -> one.calls.apply(Tasks.create(id)));
        }

        assertThat(watch.after(end).changes()).extracting(Change::taskId).hasSize(20);
        assertThat(elsewhere.called.get()).isEqualTo(before);
    }

    @Test
    void change_afterTheWatchWasCanceled_isNotTold() {
        Sidecar one = new Sidecar(server.url());
        Sidecar two = new Sidecar(server.url());
        Watch canceled = new Watch(two, NS).ready();
        Watch stays = new Watch(two, NS);
        canceled.subscription.cancel();
        int before = canceled.called.get();

        stays.awaitCallAfter(() -> one.calls.apply(Tasks.create("a")));

        assertThat(canceled.called.get()).isEqualTo(before);
    }

    @Test
    void change_whileTheConnectionIsLost_isToldAfterwards() {
        Sidecar one = new Sidecar(server.url());
        Sidecar two = new Sidecar(server.url());
        Watch watch = new Watch(two, NS).ready();
        for (int round = 0; round < 3; round++) {
            Cursor end = watch.end();
            server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            one.awaitServer();

            // Watchers are told once more when they are in touch again, so the change alone shows that none was missed.
            Task changed = one.calls.apply(Tasks.create("t" + round));

            StoreTest.awaitServer(
                    () -> watch.calls.start(() -> two.store.query(new TaskQuery.Get(NS, "none"), CallOptions.DEFAULT)));
            int before = watch.called.get();
            waitUntil("a call", () -> watch.called.get() > before || isSeen(watch, end, changed));
            assertThat(watch.after(end).changes()).extracting(Change::task).containsExactly(changed);
            int then = watch.called.get();
            one.calls.apply(Tasks.create("u" + round));
            waitUntil("a call for the next change", () -> watch.called.get() > then);
        }
    }

    /** A reader that looked for the ends of several streams at once asked for one that it had not found yet, for ever. */
    @Test
    void changes_inSeveralNamespaces_areToldAfterTheConnectionWasLost() {
        Sidecar one = new Sidecar(server.url());
        Sidecar two = new Sidecar(server.url());
        List<Watch> watches =
                IntStream.range(0, 20).mapToObj(i -> new Watch(two, "n" + i)).toList();
        watches.forEach(Watch::ready);
        List<Integer> before = watches.stream().map(watch -> watch.called.get()).toList();
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        for (int i = 0; i < watches.size(); i++) {
            Watch watch = watches.get(i);
            int then = before.get(i);
            waitUntil("it is told that it may have missed something", () -> watch.called.get() > then);
        }
        one.awaitServer();
        for (Watch watch : watches) {
            watch.awaitCallAfter(() -> one.calls.in(watch.calls.namespace()).apply(Tasks.create("a")));
        }
    }

    private static boolean isSeen(Watch watch, Cursor end, Task changed) {
        return watch.after(end).changes().stream().anyMatch(change -> changed.equals(change.task()));
    }

    @Test
    void change_afterTheServerWasRestarted_isTold() {
        try (RedisServer own = RedisServer.start("appendonly yes", "appendfsync always")) {
            Sidecar one = new Sidecar(own.url());
            Sidecar two = new Sidecar(own.url());
            Watch watch = new Watch(two, NS).ready();
            one.calls.apply(Tasks.create("a"));
            Cursor end = watch.end();
            own.kill();
            own.restart();
            one.awaitServer();

            Task changed = one.calls.apply(Tasks.create("b"));

            StoreTest.awaitServer(
                    () -> watch.calls.start(() -> two.store.query(new TaskQuery.Get(NS, "none"), CallOptions.DEFAULT)));
            assertThat(watch.after(end).changes()).extracting(Change::task).containsExactly(changed);
            // The reader may find the end of the stream before or after this; it comes back at the latest by then.
            IntStream.range(0, 3).forEach(i -> watch.awaitCallAfter(() -> one.calls.apply(Tasks.create("c" + i))));
        }
    }

    @Test
    void cursor_olderThanTheStream_isExpiredAndAfterAListAnewMissesNothing() {
        Sidecar one = new Sidecar(server.url());
        Sidecar two = new Sidecar(server.url());
        Watch watch = new Watch(two, NS).ready();
        Cursor old = watch.end();
        IntStream.range(0, 20).forEach(i -> one.calls.apply(Tasks.create("t" + i)));
        server.command("XTRIM", "tandem:{" + NS + "}:changes", "MAXLEN", "5");

        ChangePage page = watch.after(old);

        assertThat(page.isExpired()).isTrue();
        assertThat(page.changes()).isEmpty();
        Cursor anew = watch.end();
        List<Task> listed = watch.calls.list(TaskFilter.ALL, 100);
        assertThat(listed).hasSize(20);
        Task next = one.calls.apply(Tasks.create("next"));
        assertThat(watch.after(anew).changes()).extracting(Change::task).containsExactly(next);
    }

    @Test
    void changes_inMoreNamespacesThanOneReadTakes_areToldToEach() {
        Sidecar one = new Sidecar(server.url());
        Sidecar two = new Sidecar(server.url());
        List<Watch> watches =
                IntStream.range(0, 300).mapToObj(i -> new Watch(two, "n" + i)).toList();
        watches.forEach(Watch::ready);

        for (Watch watch : List.of(watches.get(0), watches.get(255), watches.get(256), watches.get(299))) {
            StoreCalls calls = one.calls.in(watch.calls.namespace());
            watch.awaitCallAfter(() -> calls.apply(Tasks.create("a")));
        }
    }

    @Test
    void changes_onAllNodesOfACluster_areTold() {
        SharedServers.cluster().nodes().forEach(node -> node.command("FLUSHALL"));
        Sidecar one = new Sidecar(SharedServers.cluster().url());
        Sidecar two = new Sidecar(SharedServers.cluster().url());
        for (int i = 0; i < 8; i++) {
            Watch watch = new Watch(two, "c" + i).ready();
            watch.awaitCallAfter(() -> one.calls.in(watch.calls.namespace()).apply(Tasks.create("a")));
        }
    }
}
