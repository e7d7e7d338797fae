package dev.tandem.store.sqlite;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** Random commands on a SQLite file come to what they come to on the reference store. */
class SqliteModelTest extends ModelBasedTest {
    @TempDir
    Path folder;

    /** Fewer than elsewhere, because every call here goes over to another thread and back. */
    @Override
    protected int sequencesDefault() {
        return 40;
    }

    @Override
    protected TaskStore open(Vertx vertx) {
        return Stores.await(SqliteTaskStore.open(
                vertx,
                Stores.quick(folder.resolve("tandem.db")).withTombstoneKeep(Duration.ofMillis(tombstoneKeepMillis()))));
    }
}
