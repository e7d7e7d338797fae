package dev.tandem.store.raft.state;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.TaskStoreContract;
import io.vertx.core.Vertx;

/** The table held to what every store must do, without Raft. */
class StateTableContractTest extends TaskStoreContract {
    @Override
    protected TaskStore open(Vertx vertx) {
        return new ViewTaskStore(vertx, 1, table -> table);
    }
}
