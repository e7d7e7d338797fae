package dev.tandem.testkit;

import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;

class ReferenceTaskStoreTest extends TaskStoreContract {
    @Override
    protected TaskStore open(Vertx vertx) {
        return new ReferenceTaskStore(vertx);
    }
}
