package dev.tandem.testkit;

import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;

class ReferenceModelTest extends ModelBasedTest {
    @Override
    protected TaskStore open(Vertx vertx) {
        return new ReferenceTaskStore(vertx);
    }
}
