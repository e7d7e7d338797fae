package dev.tandem.testkit;

import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import io.vertx.core.Vertx;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/**
 * What every store must do: a store's tests extend this class and say how to open it.
 *
 * <p>The store under test starts empty and does nothing by itself: the contract runs on a clock of its own, and a sweep
 * by the wall clock would make its tasks old at once.
 */
public abstract class TaskStoreContract {
    private static @Nullable Vertx vertx;

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        StoreCalls.await(vertx().close());
    }

    /** Opens a new, empty store. The test closes it. */
    protected abstract TaskStore open(Vertx vertx) throws Exception;

    /**
     * Opens again what the newest {@link #open} made and the test has closed. Only asked of a store that says it keeps
     * things beyond memory.
     */
    protected TaskStore reopen(Vertx vertx) throws Exception {
        throw new UnsupportedOperationException("a store that outlives its process says here how it is opened again");
    }

    /**
     * The shard that a task of this id, or a leader's lease of this scope, belongs to. What the contract says of order, of
     * time and of request ids holds within a shard; for a store that says it has several, this is how names are found that
     * share one.
     */
    protected int shardOf(String name) {
        return 0;
    }

    /** How long the opened store keeps tombstones, in milliseconds. */
    protected long tombstoneKeepMillis() {
        return Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT;
    }

    static Vertx vertx() {
        return Objects.requireNonNull(vertx);
    }

    @Nested
    class Creating extends CreateContract {
        Creating() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Lifecycle extends LifecycleContract {
        Lifecycle() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Claiming extends ClaimContract {
        Claiming() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Retrying extends RetryContract {
        Retrying() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Repeating extends RequestContract {
        Repeating() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Parts extends PartsContract {
        Parts() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Sweeping extends SweepContract {
        Sweeping() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Listing extends ListContract {
        Listing() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Watching extends WatchContract {
        Watching() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Leading extends LeaseContract {
        Leading() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Scanning extends ScanContract {
        Scanning() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Mirroring extends MirrorContract {
        Mirroring() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Gating extends GateContract {
        Gating() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Remembering extends OutboxContract {
        Remembering() {
            super(TaskStoreContract.this);
        }
    }

    @Nested
    class Calling extends CallContract {
        Calling() {
            super(TaskStoreContract.this);
        }
    }
}
