package dev.tandem.app.sidecar;

import dev.tandem.app.metrics.Metrics;
import dev.tandem.app.metrics.SqliteMetrics;
import dev.tandem.store.TaskStore;
import dev.tandem.store.sqlite.SqliteOptions;
import dev.tandem.store.sqlite.SqliteTaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Opens stores in SQLite files. Apart from {@link Sidecar}, so that one over Redis loads nothing of it. */
final class SqliteStores {
    private SqliteStores() {}

    static Future<TaskStore> open(Vertx vertx, SqliteOptions options, String name, Metrics metrics) {
        SqliteMetrics meters = new SqliteMetrics(metrics, name);
        return SqliteTaskStore.open(vertx, options, meters)
                .onSuccess(meters::show)
                .map(store -> store);
    }
}
