package dev.tandem.testkit;

import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** One chapter of the {@link TaskStoreContract}: opens a store before each test and closes it afterwards. */
abstract class ContractGroup {
    static final String NAMESPACE = "default";

    final TestClock clock = new TestClock();
    final Vertx vertx = TaskStoreContract.vertx();
    private final TaskStoreContract contract;
    TaskStore store;
    StoreCalls calls;

    ContractGroup(TaskStoreContract contract) {
        this.contract = contract;
    }

    @BeforeEach
    void openStore() throws Exception {
        use(contract.open(vertx));
    }

    @AfterEach
    void closeStore() {
        StoreCalls.await(calls.start(store::close));
    }

    /** Closes the store and opens it again. */
    final void reopen() throws Exception {
        closeStore();
        use(contract.reopen(vertx));
    }

    private void use(TaskStore opened) {
        store = opened;
        calls = new StoreCalls(vertx, store, clock, NAMESPACE);
    }

    /**
     * {@code name}, with something behind it that takes it to the shard of all names that this gives. So where there is one shard
     * it is {@code name} itself, and names that differ before their ends keep their order.
     */
    final String inOneShard(String name) {
        String near = name;
        for (int i = 0; contract.shardOf(near) != contract.shardOf("a"); i++) {
            near = name + "-" + i;
        }
        return near;
    }

    final long tombstoneKeepMillis() {
        return contract.tombstoneKeepMillis();
    }
}
