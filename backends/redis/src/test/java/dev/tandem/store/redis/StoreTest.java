package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.link.RedisLink;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;

/** Stores on test servers, as sidecars would have them, closed at the end of a test. */
abstract class StoreTest {
    static final String NS = "default";

    final Vertx vertx = Vertx.vertx();
    final TestClock clock = new TestClock();
    private final List<RedisTaskStore> opened = new ArrayList<>();

    @AfterEach
    void closeStores() {
        opened.forEach(store -> StoreCalls.await(store.close()));
        StoreCalls.await(vertx.close());
    }

    /** One sidecar's store, and what it has told its observer. */
    final class Sidecar implements StoreObserver {
        final List<String> told = new CopyOnWriteArrayList<>();
        final RedisOptions options;
        final RedisTaskStore store;
        final StoreCalls calls;
        private int loaded;

        Sidecar(String url) {
            this(url, word());
        }

        /** @param writer its name in the streams */
        Sidecar(String url, String writer) {
            this(url, writer, RedisTaskStore.Settings.DEFAULT);
        }

        Sidecar(String url, String writer, RedisTaskStore.Settings settings) {
            this(Stores.options(url).build(), writer, settings);
        }

        Sidecar(RedisOptions options) {
            this(options, word(), RedisTaskStore.Settings.DEFAULT);
        }

        private Sidecar(RedisOptions options, String writer, RedisTaskStore.Settings settings) {
            this(options, Stores.link(vertx, options), writer, settings);
        }

        Sidecar(RedisOptions options, RedisLink link, String writer, RedisTaskStore.Settings settings) {
            this.options = options;
            this.store = new RedisTaskStore(vertx, link, settings, this, writer);
            this.calls = new StoreCalls(vertx, store, clock, NS);
            opened.add(store);
        }

        @Override
        public synchronized void writesLost(String namespace, long missingVersion, long foundVersion) {
            told.add(namespace + " " + missingVersion + " " + foundVersion);
        }

        @Override
        public synchronized void setAside(String namespace, String taskId) {
            told.add(namespace + " " + taskId);
        }

        @Override
        public synchronized void scriptLoaded() {
            loaded++;
        }

        /** How often the server did not know a script. */
        synchronized int loaded() {
            return loaded;
        }

        /** Waits until the server can be reached again. */
        void awaitServer() {
            // On the connection of the calls that follow.
            StoreTest.awaitServer(
                    () -> calls.start(() -> store.query(new TaskQuery.Get(NS, "none"), CallOptions.DEFAULT)));
        }

        void assertRefusesWrites(Verb verb) {
            assertRefusesWrites(NS, verb);
        }

        void assertRefusesWrites(String namespace, Verb verb) {
            StoreCalls there = calls.in(namespace);
            StoreTest.awaitServer(
                    () -> there.start(() -> store.query(new TaskQuery.Get(namespace, "none"), CallOptions.DEFAULT)));
            StoreException refused = StoreCalls.failureOf(there.start(there.command(verb)));
            assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(FailureKind.NOT_APPLIED);
            assertThat(refused).hasMessageContaining("lost writes").hasMessageContaining("accepted the loss");
        }

        boolean accept() {
            return StoreCalls.await(store.accept(NS, CallOptions.DEFAULT));
        }
    }

    /** Makes the call again and again until it is answered. */
    static void awaitServer(Supplier<Future<?>> call) {
        waitUntil("the server answers", () -> {
            try {
                StoreCalls.await(call.get());
                return true;
            } catch (StoreException e) {
                return false;
            }
        });
    }

    private static String word() {
        return UUID.randomUUID().toString().substring(24);
    }

    static void waitUntil(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + StoreCalls.WAIT_MAX.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
