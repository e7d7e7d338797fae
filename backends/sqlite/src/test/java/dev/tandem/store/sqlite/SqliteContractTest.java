package dev.tandem.store.sqlite;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.TaskStoreContract;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract of every store, on a SQLite file. */
class SqliteContractTest extends TaskStoreContract {
    @TempDir
    static Path folder;

    private @Nullable Path file;

    @Override
    protected TaskStore open(Vertx vertx) throws Exception {
        file = Files.createTempDirectory(folder, "store").resolve("tandem.db");
        return reopen(vertx);
    }

    @Override
    protected TaskStore reopen(Vertx vertx) {
        return Stores.await(SqliteTaskStore.open(vertx, Stores.quick(Objects.requireNonNull(file))));
    }
}
