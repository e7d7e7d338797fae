package dev.tandem.bench;

import dev.tandem.store.TaskStore;
import dev.tandem.store.sqlite.SqliteOptions;
import dev.tandem.store.sqlite.SqliteTaskStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SQLite: a file for each sidecar, and one for direct calls. */
final class SqliteBackend implements Backend {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(30);

    private final Path folder;
    private final Namespaces namespaces;
    private final TaskCalls store;

    private SqliteBackend(Path folder, Namespaces namespaces, TaskCalls store) {
        this.folder = folder;
        this.namespaces = namespaces;
        this.store = store;
    }

    static SqliteBackend open(Vertx vertx, Path folder, String namespace, Closings closings) {
        TaskStore store = Waiting.on(
                SqliteTaskStore.open(vertx, SqliteOptions.of(folder.resolve("direct.db"))),
                OPEN_TIMEOUT,
                "the store for direct calls");
        closings.add(() -> Waiting.on(store.close(), OPEN_TIMEOUT, "the end of the store"));
        Namespaces namespaces = Namespaces.fixed(namespace);
        return new SqliteBackend(folder, namespaces, new StoreCalls(store, namespaces, InstantSource.system()));
    }

    @Override
    public Kind kind() {
        return Kind.SQLITE;
    }

    @Override
    public String sidecarStore(int start) {
        return "sqlite:" + folder.resolve("sidecar-" + start + ".db");
    }

    @Override
    public @Nullable String unixStore() {
        return null;
    }

    @Override
    public Map<Way, TaskCalls> direct() {
        return Map.of(Way.STORE, store);
    }

    @Override
    public Namespaces namespaces() {
        return namespaces;
    }

    @Override
    public @Nullable ServerCosts costs(LoadGenerator load, TaskCalls api, SidecarProcess sidecar, Plan plan) {
        return null;
    }

    @Override
    public @Nullable Scale scale(LoadGenerator load, TaskCalls api, List<Integer> tasks, Plan plan) {
        return null;
    }

    @Override
    public String describe() {
        return "sqlite, synchronous=full";
    }
}
