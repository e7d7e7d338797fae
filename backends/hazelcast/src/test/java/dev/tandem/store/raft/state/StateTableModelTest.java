package dev.tandem.store.raft.state;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;

/** The table held to what every store must do, without Raft. */
class StateTableModelTest extends ModelBasedTest {
    @Override
    protected TaskStore open(Vertx vertx) {
        return new ViewTaskStore(vertx, 3, table -> table);
    }
}
