package dev.tandem.app.sidecar;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.migration.Fleet;
import dev.tandem.routing.Host;
import dev.tandem.routing.Router;
import dev.tandem.routing.Stores;
import dev.tandem.store.sqlite.SqliteOptions;
import dev.tandem.store.sqlite.SqliteTaskStore;
import dev.tandem.task.Task;
import dev.tandem.task.Verb;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a sidecar with two stores has for operators, over SQLite files called old and new, and the admin port before it. */
public final class MovingStores implements AutoCloseable {
    /** What operators show. */
    public static final String TOKEN = "an-operators-token-0123456789";

    private final Vertx vertx = Vertx.vertx();
    private final FaultyTaskStore old;
    private final FaultyTaskStore target;
    private final Router router;
    private final SeveralStores started;
    private final AdminServer admin;
    private @Nullable SeveralStores several;

    public MovingStores(Path folder) {
        this(folder, TOKEN, false);
    }

    MovingStores(Path folder, @Nullable String token, boolean isAlone) {
        InstantSource clock = InstantSource.system();
        old = open(folder.resolve("old.db"));
        target = open(folder.resolve("new.db"));
        Stores stores = new Stores(Map.of("old", old, "new", target), "old");
        router = Router.of(vertx, stores);
        Promise<SeveralStores> starting = Promise.promise();
        vertx.getOrCreateContext()
                .runOnContext(go -> SeveralStores.start(vertx, router, clock, () -> "here:7421")
                        .onComplete(starting));
        started = StoreCalls.await(starting.future());
        several = started;

        admin = StoreCalls.await(AdminServer.start(
                vertx,
                new HostPort("127.0.0.1", 0),
                new Metrics("1"),
                () -> Future.succeededFuture(""),
                new JsonObject(),
                new AdminToken(token == null ? null : new SidecarConfig.AdminToken(token)),
                MovePages.of(isAlone, () -> several)));
    }

    private FaultyTaskStore open(Path file) {
        return FaultyTaskStore.wrap(StoreCalls.await(SqliteTaskStore.open(vertx, SqliteOptions.of(file))));
    }

    /** Where its admin port listens. */
    public String admin() {
        return "127.0.0.1:" + admin.port();
    }

    /** Calls as an application's. */
    public StoreCalls calls(String namespace) {
        return new StoreCalls(vertx, router, new TestClock(), namespace);
    }

    /** Has the new store hold a task otherwise, while the namespace is in its first epoch. */
    public void spoil(String namespace, String taskId) {
        StoreCalls calls = new StoreCalls(vertx, target, new TestClock(), namespace);
        Task task = calls(namespace).get(taskId);
        Verb spoilt = new Verb.Mirror(List.of(task.withVersion(task.version() + 1_000)), 0);
        calls.execute(calls.command(spoilt).withEpoch(1));
    }

    /** Has another sidecar, which has the old store alone, say that it is there. */
    void joinWithout(String id) {
        Router its = Router.single(vertx, "old", old);
        Fleet.Self self = new Fleet.Self(id, "there", () -> null, "1.2.3");
        Fleet another = new Fleet(its.stores(), its.policies(), Host.of(vertx), InstantSource.system(), self);
        vertx.getOrCreateContext().runOnContext(go -> another.start());
    }

    FaultyTaskStore oldStore() {
        return old;
    }

    /** As before everything is there. */
    void forget() {
        several = null;
    }

    @Override
    public void close() {
        StoreCalls.await(admin.close());
        StoreCalls.await(started.close());
        StoreCalls.await(router.close());
        StoreCalls.await(vertx.close());
    }
}
